// The slot table against ids that LoadGen made.
#include "responses.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>
#include <thread>

#include "real_samples.h"

namespace flexbench {
namespace {

class ResponsesTest : public testing::Test {
 protected:
  std::vector<Slot> Open(const RealSamples& real, uint32_t consumer = 0) {
    std::vector<Slot> slots;
    responses_.Open(real.samples(), std::vector<uint32_t>(real.samples().size(), consumer), &slots);
    return slots;
  }

  template <typename Action>
  static auto OnAnotherThread(Action action) {
    decltype(action()) result{};
    std::thread([&] { result = action(); }).join();
    return result;
  }

  std::atomic<int> closed_[3] = {};
  Responses responses_{[this](uint32_t consumer) { ++closed_[consumer]; }};
};

TEST_F(ResponsesTest, HandsTokensAndAnswersToLoadGen) {
  RealSamples real(1);
  responses_.BeginTest(true);
  Slot slot = Open(real).at(0);
  const unsigned char first[] = {7, 0, 0, 0};
  const unsigned char answer[] = {7, 0, 0, 0, 9, 0, 0, 0};
  EXPECT_EQ(responses_.FirstToken(slot, first, sizeof first), ReportResult::kAccepted);
  EXPECT_EQ(responses_.Complete(slot, answer, sizeof answer, 2), ReportResult::kAccepted);

  std::vector<Told> told = real.told();
  ASSERT_EQ(told.size(), 2u);
  EXPECT_TRUE(told[0].first_token);
  EXPECT_EQ(told[0].data, std::vector<unsigned char>(first, first + sizeof first));
  EXPECT_FALSE(told[1].first_token);
  EXPECT_EQ(told[1].data, std::vector<unsigned char>(answer, answer + sizeof answer));
  EXPECT_EQ(told[1].n_tokens, 2);
  EXPECT_EQ(real.queries_completed, 1u);
  EXPECT_EQ(closed_[0], 1);
}

TEST_F(ResponsesTest, CountsWhatWasReported) {
  RealSamples real(3);
  responses_.BeginTest(true);
  std::vector<Slot> slots = Open(real);
  int64_t before_ns = responses_.counts().last_activity_ns;
  responses_.FirstToken(slots[0], nullptr, 0);
  responses_.Complete(slots[0], nullptr, 0, 2);
  responses_.FirstToken(slots[1], nullptr, 0);
  responses_.Fail(slots[2]);
  ReportCounts counts = responses_.counts();
  EXPECT_EQ(counts.issued, 3u);
  EXPECT_EQ(counts.first_tokens, 2u);
  EXPECT_EQ(counts.completed, 1u);
  EXPECT_EQ(counts.failed, 1u);
  EXPECT_GT(counts.last_activity_ns, before_ns);
  responses_.Fail(slots[1]);

  responses_.EndTest();
  responses_.BeginTest(true);
  counts = responses_.counts();
  EXPECT_EQ(counts.issued + counts.first_tokens + counts.completed + counts.failed, 0u);
}

TEST_F(ResponsesTest, RefusesSlotsThatNeverWere) {
  RealSamples real(1);
  responses_.BeginTest(false);
  Slot slot = Open(real).at(0);
  const Slot next_generation = slot + (Slot{1} << Responses::kIndexBits);
  for (Slot unknown : {Slot{0}, Slot{1}, slot + 1, next_generation,
                       std::numeric_limits<Slot>::max(), Slot{1} << 52}) {
    EXPECT_EQ(responses_.FirstToken(unknown, nullptr, 0), ReportResult::kUnknownSlot) << unknown;
    EXPECT_EQ(responses_.Complete(unknown, nullptr, 0, 1), ReportResult::kUnknownSlot) << unknown;
    EXPECT_EQ(responses_.Fail(unknown), ReportResult::kUnknownSlot) << unknown;
  }
  EXPECT_TRUE(real.told().empty());
  EXPECT_EQ(responses_.Complete(slot, nullptr, 0, 1), ReportResult::kAccepted);
}

TEST_F(ResponsesTest, RefusesASlotTwice) {
  RealSamples real(2);
  responses_.BeginTest(true);
  std::vector<Slot> slots = Open(real);
  EXPECT_EQ(responses_.FirstToken(slots[0], nullptr, 0), ReportResult::kAccepted);
  EXPECT_EQ(responses_.FirstToken(slots[0], nullptr, 0), ReportResult::kFirstTokenRepeated);
  EXPECT_EQ(responses_.Complete(slots[0], nullptr, 0, 2), ReportResult::kAccepted);
  EXPECT_EQ(responses_.Complete(slots[0], nullptr, 0, 2), ReportResult::kAlreadyCompleted);
  EXPECT_EQ(responses_.Fail(slots[0]), ReportResult::kAlreadyCompleted);
  EXPECT_EQ(responses_.FirstToken(slots[0], nullptr, 0), ReportResult::kAlreadyCompleted);
  EXPECT_EQ(responses_.Fail(slots[1]), ReportResult::kAccepted);
  EXPECT_EQ(responses_.Fail(slots[1]), ReportResult::kAlreadyCompleted);
  EXPECT_EQ(closed_[0], 2);
}

TEST_F(ResponsesTest, AnOldNumberNeverMeetsALaterSample) {
  responses_.BeginTest(false);
  std::vector<Slot> seen;
  for (int i = 0; i < 100; ++i) {
    RealSamples real(1);
    Slot slot = Open(real).at(0);
    EXPECT_EQ(std::count(seen.begin(), seen.end(), slot), 0);
    EXPECT_EQ(slot & (Responses::kMostOpenSlots - 1), 0u) << "the place was not used again";
    EXPECT_LT(slot, Slot{1} << 53) << "not exact in a double";
    for (Slot old : seen)
      EXPECT_EQ(responses_.Complete(old, nullptr, 0, 1), ReportResult::kAlreadyCompleted);
    EXPECT_TRUE(real.told().empty());
    EXPECT_EQ(responses_.Complete(slot, nullptr, 0, 1), ReportResult::kAccepted);
    seen.push_back(slot);
  }
}

TEST_F(ResponsesTest, RefusesEverythingBetweenTests) {
  RealSamples real(2);
  responses_.BeginTest(false);
  std::vector<Slot> slots = Open(real);
  responses_.Complete(slots[0], nullptr, 0, 1);
  responses_.Complete(slots[1], nullptr, 0, 1);
  responses_.EndTest();
  EXPECT_EQ(responses_.FirstToken(slots[0], nullptr, 0), ReportResult::kTestOver);
  EXPECT_EQ(responses_.Complete(slots[0], nullptr, 0, 1), ReportResult::kTestOver);
  EXPECT_EQ(responses_.Fail(slots[1]), ReportResult::kTestOver);
  EXPECT_EQ(responses_.FailAll(), 0u);
  EXPECT_EQ(responses_.FailConsumer(0), 0u);
  double late[] = {static_cast<double>(slots[0])};
  EXPECT_EQ(responses_.CompleteAll(late, 1, 1), 1u);
  responses_.BeginTest(false);
  EXPECT_EQ(responses_.Complete(slots[0], nullptr, 0, 1), ReportResult::kAlreadyCompleted);
  EXPECT_EQ(real.told().size(), 2u);
}

TEST_F(ResponsesTest, TheThreadOfTheFirstTokenOwnsTheSample) {
  RealSamples real(1);
  responses_.BeginTest(true);
  Slot slot = Open(real).at(0);
  EXPECT_EQ(responses_.FirstToken(slot, nullptr, 0), ReportResult::kAccepted);
  EXPECT_EQ(OnAnotherThread([&] { return responses_.Complete(slot, nullptr, 0, 2); }),
            ReportResult::kOtherThread);
  EXPECT_EQ(OnAnotherThread([&] { return responses_.Fail(slot); }), ReportResult::kOtherThread);
  EXPECT_EQ(OnAnotherThread([&] { return responses_.FirstToken(slot, nullptr, 0); }),
            ReportResult::kFirstTokenRepeated);
  EXPECT_EQ(responses_.Complete(slot, nullptr, 0, 2), ReportResult::kAccepted);
  ASSERT_EQ(real.told().size(), 2u);
  EXPECT_EQ(real.told()[0].thread, real.told()[1].thread);
}

TEST_F(ResponsesTest, InTokenModeACompletionNeedsAFirstToken) {
  RealSamples real(1);
  responses_.BeginTest(true);
  Slot slot = Open(real).at(0);
  EXPECT_EQ(responses_.Complete(slot, nullptr, 0, 2), ReportResult::kFirstTokenMissing);
  double slots[] = {static_cast<double>(slot)};
  EXPECT_EQ(responses_.CompleteAll(slots, 1, 2), 1u);
  EXPECT_TRUE(real.told().empty());
}

TEST_F(ResponsesTest, InTokenModeAFailureBringsItsFirstToken) {
  RealSamples real(2);
  responses_.BeginTest(true);
  std::vector<Slot> slots = Open(real);
  responses_.Fail(slots[0]);
  std::vector<Told> told = real.told();
  ASSERT_EQ(told.size(), 2u);
  EXPECT_TRUE(told[0].first_token);
  EXPECT_FALSE(told[1].first_token);
  EXPECT_EQ(told[1].n_tokens, 0);
  EXPECT_TRUE(told[1].data.empty());

  responses_.FirstToken(slots[1], nullptr, 0);
  responses_.Fail(slots[1]);
  EXPECT_EQ(real.told().size(), 4u) << "one first token and one completion each";
}

TEST_F(ResponsesTest, OutsideTokenModeFirstTokensStayHere) {
  RealSamples real(1);
  responses_.BeginTest(false);
  Slot slot = Open(real).at(0);
  EXPECT_EQ(responses_.FirstToken(slot, nullptr, 0), ReportResult::kAccepted);
  EXPECT_TRUE(real.told().empty());
  EXPECT_EQ(responses_.counts().first_tokens, 1u);
  EXPECT_EQ(OnAnotherThread([&] { return responses_.Complete(slot, nullptr, 0, 2); }),
            ReportResult::kOtherThread);
  EXPECT_EQ(responses_.Complete(slot, nullptr, 0, 2), ReportResult::kAccepted);
}

TEST_F(ResponsesTest, CompleteAllTakesTheGoodOnes) {
  RealSamples real(5);
  responses_.BeginTest(false);
  std::vector<Slot> slots = Open(real, 2);
  responses_.Complete(slots[1], nullptr, 0, 1);
  double reported[] = {static_cast<double>(slots[0]),
                       static_cast<double>(slots[1]),
                       -1,
                       std::nan(""),
                       static_cast<double>(slots[2]),
                       static_cast<double>(slots[2]),
                       static_cast<double>(slots[3])};
  EXPECT_EQ(responses_.CompleteAll(reported, 7, 3), 4u);
  EXPECT_EQ(responses_.counts().completed, 4u);
  EXPECT_EQ(closed_[2], 4);
  EXPECT_EQ(real.told().back().n_tokens, 3);
  EXPECT_EQ(responses_.CompleteAll(nullptr, 0, 1), 0u);
  EXPECT_EQ(responses_.Complete(slots[4], nullptr, 0, 1), ReportResult::kAccepted);
  EXPECT_EQ(real.queries_completed, 1u);
}

TEST_F(ResponsesTest, FailConsumerLeavesTheOthersAlone) {
  RealSamples one(3), two(2);
  responses_.BeginTest(true);
  std::vector<Slot> ones = Open(one, 1), twos = Open(two, 2);
  responses_.FirstToken(ones[0], nullptr, 0);
  OnAnotherThread([&] { return responses_.FirstToken(ones[1], nullptr, 0); });
  EXPECT_EQ(responses_.FailConsumer(1), 2u) << "not the one that another thread owns";
  EXPECT_EQ(closed_[1], 2);
  EXPECT_EQ(closed_[2], 0);
  EXPECT_EQ(responses_.Fail(ones[1]), ReportResult::kOtherThread);
  EXPECT_EQ(responses_.Fail(twos[0]), ReportResult::kAccepted);
}

TEST_F(ResponsesTest, FailAllWaitsUntilLoadGenHasTheFirstToken) {
  RealSamples real(3);
  responses_.BeginTest(true);
  std::vector<Slot> slots = Open(real);
  responses_.FirstToken(slots[0], nullptr, 0);
  EXPECT_EQ(OnAnotherThread([&] { return responses_.FailAll(); }), 2u);
  EXPECT_EQ(OnAnotherThread([&] { return responses_.FailAll(); }), 0u);
  std::this_thread::sleep_for(std::chrono::milliseconds(120));
  EXPECT_EQ(OnAnotherThread([&] { return responses_.FailAll(); }), 1u);
  EXPECT_EQ(real.queries_completed, 1u);
  EXPECT_EQ(responses_.counts().failed, 3u);
}

TEST_F(ResponsesTest, ManyThreadsCloseEverySlotOnce) {
  constexpr size_t kThreads = 4, kSamples = 500;
  responses_.BeginTest(true);
  std::atomic<size_t> completed{0}, refused{0};
  std::vector<std::unique_ptr<RealSamples>> queries;
  for (size_t t = 0; t < kThreads; ++t) queries.push_back(std::make_unique<RealSamples>(kSamples));
  std::vector<std::thread> threads;
  for (size_t t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      // Opened, answered and repeated while the other threads do the same.
      for (Slot slot : Open(*queries[t], static_cast<uint32_t>(t % 3))) {
        responses_.FirstToken(slot, nullptr, 0);
        bool good = responses_.Complete(slot, nullptr, 0, 2) == ReportResult::kAccepted;
        ++(good ? completed : refused);
        if (responses_.Complete(slot, nullptr, 0, 2) != ReportResult::kAccepted) ++refused;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(completed, kThreads * kSamples);
  EXPECT_EQ(refused, kThreads * kSamples);
  for (const auto& query : queries) {
    EXPECT_EQ(query->queries_completed, 1u);
    EXPECT_EQ(query->told().size(), 2 * kSamples);
  }
  EXPECT_EQ(closed_[0] + closed_[1] + closed_[2], static_cast<int>(kThreads * kSamples));
}

TEST_F(ResponsesTest, ASampleThatSeveralThreadsFinishIsFinishedOnce) {
  constexpr size_t kSamples = 300;
  RealSamples real(kSamples);
  responses_.BeginTest(false);
  std::vector<Slot> slots = Open(real);
  std::atomic<size_t> accepted{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 3; ++t) {
    threads.emplace_back([&, t] {
      for (Slot slot : slots) {
        ReportResult result =
            t == 0 ? responses_.Fail(slot) : responses_.Complete(slot, nullptr, 0, 1);
        if (result == ReportResult::kAccepted) ++accepted;
      }
    });
  }
  threads.emplace_back([&] { accepted += responses_.FailAll(); });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(accepted, kSamples);
  EXPECT_EQ(real.told().size(), kSamples);
  ReportCounts counts = responses_.counts();
  EXPECT_EQ(counts.completed + counts.failed, kSamples);
}

}  // namespace
}  // namespace flexbench
