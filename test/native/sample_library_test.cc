// The library that LoadGen's thread waits for.
#include "sample_library.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <future>

namespace flexbench {
namespace {

using Request = SampleLibrary::Request;
using Samples = std::vector<mlperf::QuerySampleIndex>;

bool EndsWithin(std::future<void>& future, int ms) {
  return future.wait_for(std::chrono::milliseconds(ms)) == std::future_status::ready;
}

TEST(SampleLibraryTest, TellsItsNameAndCounts) {
  SampleLibrary library("books", {10, 4}, nullptr);
  EXPECT_EQ(library.Name(), "books");
  EXPECT_EQ(library.TotalSampleCount(), 10u);
  EXPECT_EQ(library.PerformanceSampleCount(), 4u);
}

TEST(SampleLibraryTest, SaysAllSamplesAsANumber) {
  SampleLibrary library("books", {10, 0}, nullptr);
  EXPECT_EQ(library.PerformanceSampleCount(), 10u);
}

TEST(SampleLibraryTest, WaitsForEachAnswer) {
  std::vector<std::pair<Request, Samples>> asked;
  SampleLibrary library("books", {3, 3}, [&](Request request, const Samples& samples) {
    asked.emplace_back(request, samples);
    return true;
  });
  for (int i = 0; i < 2; ++i) {
    auto loading = std::async(std::launch::async, [&] { library.LoadSamplesToRam({2, 0}); });
    EXPECT_FALSE(EndsWithin(loading, 20))
        << "the answer to an earlier request was taken for this one";
    library.Answer();
    loading.get();
  }
  auto unloading = std::async(std::launch::async, [&] { library.UnloadSamplesFromRam({1}); });
  EXPECT_FALSE(EndsWithin(unloading, 20));
  library.Answer();
  unloading.get();
  std::vector<std::pair<Request, Samples>> expected = {
      {Request::kLoad, {2, 0}}, {Request::kLoad, {2, 0}}, {Request::kUnload, {1}}};
  EXPECT_EQ(asked, expected);
}

TEST(SampleLibraryTest, AnAnswerMayComeBeforeTheWait) {
  SampleLibrary* self = nullptr;
  SampleLibrary library("books", {3, 3}, [&](Request, const Samples&) {
    self->Answer();
    return true;
  });
  self = &library;
  library.LoadSamplesToRam({0});
}

TEST(SampleLibraryTest, DoesNotWaitWhenNobodyIsThere) {
  SampleLibrary library("books", {3, 3}, [](Request, const Samples&) { return false; });
  library.LoadSamplesToRam({0});
  library.UnloadSamplesFromRam({0});
}

TEST(SampleLibraryTest, AbandonEndsTheWaitAndAsksNoMore) {
  std::atomic<int> asked{0};
  SampleLibrary library("books", {3, 3}, [&](Request, const Samples&) {
    ++asked;
    return true;
  });
  auto loading = std::async(std::launch::async, [&] { library.LoadSamplesToRam({0}); });
  EXPECT_FALSE(EndsWithin(loading, 20));
  library.Abandon();
  loading.get();
  library.UnloadSamplesFromRam({0});
  EXPECT_EQ(asked, 1);
}

}  // namespace
}  // namespace flexbench
