// Consumers and the choice among them, with ids that LoadGen made.
#include "sut.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <thread>

#include "consumer_thread.h"
#include "real_samples.h"

namespace flexbench {
namespace {

std::vector<HandedSample> Handed(size_t count, Slot first = 1) {
  std::vector<HandedSample> samples;
  for (size_t i = 0; i < count; ++i) samples.push_back({first + i, i, 0, 0});
  return samples;
}

std::vector<HandedSample> TakeAll(Consumer& consumer) {
  std::vector<HandedSample> all, taken(8);
  for (bool more = true; more;) {
    size_t count = consumer.Take(taken.data(), taken.size(), &more);
    all.insert(all.end(), taken.begin(), taken.begin() + static_cast<std::ptrdiff_t>(count));
  }
  return all;
}

TEST(ConsumerTest, IsWokenOnceUntilItHasTakenEverything) {
  auto wake = std::make_shared<WaitableWake>();
  Consumer consumer(wake);
  std::vector<HandedSample> samples = Handed(3);
  consumer.Put(samples.data(), 3);
  consumer.Put(samples.data(), 3);
  EXPECT_EQ(wake->calls(), 1);

  std::vector<HandedSample> taken(4);
  bool more = false;
  EXPECT_EQ(consumer.Take(taken.data(), 4, &more), 4u);
  EXPECT_TRUE(more);
  consumer.Put(samples.data(), 1);
  EXPECT_EQ(wake->calls(), 1) << "it is still on its way";
  EXPECT_EQ(consumer.Take(taken.data(), 4, &more), 3u);
  EXPECT_FALSE(more);
  consumer.Put(samples.data(), 1);
  EXPECT_EQ(wake->calls(), 2);
}

TEST(ConsumerTest, KeepsTheOrderAcrossBatches) {
  Consumer consumer(std::make_shared<WaitableWake>());
  std::vector<HandedSample> samples = Handed(20);
  consumer.Put(samples.data(), 13);
  consumer.Put(samples.data() + 13, 7);
  std::vector<HandedSample> taken = TakeAll(consumer);
  ASSERT_EQ(taken.size(), 20u);
  for (size_t i = 0; i < 20; ++i) EXPECT_EQ(taken[i].slot, samples[i].slot);
  EXPECT_EQ(consumer.outstanding, 20);
}

TEST(ConsumerTest, TakingFromAnEmptyQueueGivesNothing) {
  Consumer consumer(std::make_shared<WaitableWake>());
  HandedSample taken;
  bool more = true;
  EXPECT_EQ(consumer.Take(&taken, 1, &more), 0u);
  EXPECT_FALSE(more);
}

TEST(ConsumerTest, LosesNothingWhileSeveralThreadsPut) {
  constexpr size_t kThreads = 4, kBatches = 200, kBatch = 5;
  auto wake = std::make_shared<WaitableWake>();
  Consumer consumer(wake);
  std::multiset<Slot> taken;
  std::thread taker([&] {
    while (taken.size() < kThreads * kBatches * kBatch && wake->Wait())
      for (const HandedSample& sample : TakeAll(consumer)) taken.insert(sample.slot);
  });
  std::vector<std::thread> putters;
  for (size_t t = 0; t < kThreads; ++t) {
    putters.emplace_back([&, t] {
      for (size_t b = 0; b < kBatches; ++b) {
        std::vector<HandedSample> samples = Handed(kBatch, (t * kBatches + b) * kBatch);
        consumer.Put(samples.data(), kBatch);
      }
    });
  }
  for (std::thread& putter : putters) putter.join();
  taker.join();
  EXPECT_EQ(taken.size(), kThreads * kBatches * kBatch);
  EXPECT_EQ(std::set<Slot>(taken.begin(), taken.end()).size(), taken.size());
  EXPECT_LE(wake->calls(), static_cast<int>(kThreads * kBatches));
}

class SutTest : public testing::Test {
 protected:
  void SetUp() override { sut_.responses().BeginTest(false); }

  uint32_t Attach() { return sut_.Attach(std::make_shared<WaitableWake>()); }
  int64_t Outstanding(uint32_t index) { return sut_.consumer(index)->outstanding; }
  std::vector<HandedSample> TakeAllOf(uint32_t index) { return TakeAll(*sut_.consumer(index)); }

  Sut sut_;
};

TEST_F(SutTest, EachSampleGoesToTheConsumerWithTheLeastToDo) {
  uint32_t busy = Attach();
  RealSamples first(4), second(6);
  sut_.IssueQuery(first.samples());
  uint32_t idle = Attach();
  sut_.IssueQuery(second.samples());
  EXPECT_EQ(Outstanding(busy), 5);
  EXPECT_EQ(Outstanding(idle), 5);
  EXPECT_EQ(TakeAllOf(busy).size(), 5u);
  EXPECT_EQ(TakeAllOf(idle).size(), 5u);
}

TEST_F(SutTest, ACompletionMakesRoomForTheNextSample) {
  uint32_t one = Attach(), other = Attach();
  RealSamples first(2), next(1);
  sut_.IssueQuery(first.samples());
  Slot done = TakeAllOf(other).at(0).slot;
  EXPECT_EQ(sut_.responses().Complete(done, nullptr, 0, 1), ReportResult::kAccepted);
  EXPECT_EQ(Outstanding(other), 0);
  sut_.IssueQuery(next.samples());
  EXPECT_EQ(Outstanding(one), 1);
  EXPECT_EQ(Outstanding(other), 1);
}

TEST_F(SutTest, HandsOverIndexAndTimes) {
  uint32_t index = Attach();
  RealSamples real(3);
  sut_.IssueQuery(real.samples());
  std::vector<HandedSample> taken = TakeAllOf(index);
  ASSERT_EQ(taken.size(), 3u);
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(taken[i].sample_index, i);
    EXPECT_GT(taken[i].issued_ns, 0);
    EXPECT_EQ(taken[i].issued_ns, taken[0].issued_ns);
    // LoadGen scheduled these for the start of its clock.
    EXPECT_LT(taken[i].scheduled_ns, taken[i].issued_ns);
  }
}

TEST_F(SutTest, OneWakeForAQueryOfManySamples) {
  auto wake = std::make_shared<WaitableWake>();
  sut_.Attach(wake);
  RealSamples real(1000);
  sut_.IssueQuery(real.samples());
  EXPECT_EQ(wake->calls(), 1);
}

TEST_F(SutTest, AConsumerThatLeavesFailsWhatItHolds) {
  uint32_t leaving = Attach(), staying = Attach();
  RealSamples real(6), next(2);
  sut_.IssueQuery(real.samples());
  sut_.Detach(leaving);
  EXPECT_EQ(sut_.AttachedConsumers(), 1u);
  EXPECT_EQ(sut_.responses().counts().failed, 3u);
  EXPECT_EQ(Outstanding(leaving), 0);
  EXPECT_EQ(Outstanding(staying), 3);
  sut_.Detach(leaving);
  EXPECT_EQ(sut_.responses().counts().failed, 3u) << "leaving twice is leaving once";
  sut_.IssueQuery(next.samples());
  EXPECT_EQ(Outstanding(staying), 5);
}

TEST_F(SutTest, WithoutAnyConsumerLeftSamplesFailAtOnce) {
  uint32_t only = Attach();
  sut_.Detach(only);
  RealSamples real(5);
  sut_.IssueQuery(real.samples());
  EXPECT_EQ(real.queries_completed, 1u);
  EXPECT_EQ(sut_.responses().counts().failed, 5u);
  EXPECT_EQ(Outstanding(only), 0);
}

TEST_F(SutTest, WhileDrainingSamplesFailAtOnce) {
  uint32_t index = Attach();
  sut_.set_draining(true);
  RealSamples real(5), after(1);
  sut_.IssueQuery(real.samples());
  EXPECT_EQ(real.queries_completed, 1u);
  EXPECT_EQ(Outstanding(index), 0);
  EXPECT_TRUE(TakeAllOf(index).empty());
  sut_.set_draining(false);
  sut_.IssueQuery(after.samples());
  EXPECT_EQ(TakeAllOf(index).size(), 1u);
}

TEST_F(SutTest, AnUnknownConsumerIsAnError) {
  EXPECT_THROW(sut_.consumer(0), std::out_of_range);
  EXPECT_THROW(sut_.Detach(7), std::out_of_range);
}

TEST_F(SutTest, EverySampleIsFinishedOnceWhileConsumersComeAndGo) {
  constexpr size_t kIssuers = 2, kQueries = 150, kSamples = 4;
  auto answer = [](Responses& responses, const HandedSample& sample) {
    responses.FirstToken(sample.slot, nullptr, 0);
    responses.Complete(sample.slot, nullptr, 0, 2);
  };
  ConsumerThread staying(sut_, answer);
  std::vector<std::unique_ptr<RealSamples>> queries;
  for (size_t q = 0; q < kIssuers * kQueries; ++q)
    queries.push_back(std::make_unique<RealSamples>(kSamples));
  std::vector<std::thread> issuers;
  for (size_t t = 0; t < kIssuers; ++t) {
    issuers.emplace_back([&, t] {
      for (size_t q = 0; q < kQueries; ++q) sut_.IssueQuery(queries[t * kQueries + q]->samples());
    });
  }
  for (int i = 0; i < 20; ++i) ConsumerThread passing(sut_, answer, 2);
  for (std::thread& issuer : issuers) issuer.join();
  staying.Stop();

  ReportCounts counts = sut_.responses().counts();
  EXPECT_EQ(counts.issued, kIssuers * kQueries * kSamples);
  EXPECT_EQ(counts.completed + counts.failed, counts.issued);
  for (const auto& query : queries) {
    EXPECT_EQ(query->queries_completed, 1u);
    EXPECT_EQ(query->told().size(), kSamples);
  }
  for (uint32_t index = 0; index <= 20; ++index) EXPECT_EQ(Outstanding(index), 0) << index;
}

}  // namespace
}  // namespace flexbench
