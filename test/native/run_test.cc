// Whole tests: every scenario and mode, on one to four consumer threads.
#include "run.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <tuple>

#include "consumer_thread.h"
#include "loadgen_test.h"

namespace flexbench {
namespace {

using mlperf::TestMode;
using mlperf::TestScenario;

const int32_t kTokens[] = {11, 12, 13};

void Answer(Responses& responses, const HandedSample& sample) {
  responses.FirstToken(sample.slot, kTokens, sizeof kTokens[0]);
  responses.Complete(sample.slot, kTokens, sizeof kTokens, 3);
}

class Consumers {
 public:
  explicit Consumers(Sut& sut, size_t count, ConsumerThread::Answer answer = Answer) {
    for (size_t i = 0; i < count; ++i)
      threads_.push_back(std::make_unique<ConsumerThread>(
          sut, [this, answer](Responses& responses, const HandedSample& sample) {
            ++answered_;
            answer(responses, sample);
          }));
  }
  size_t answered() const { return answered_; }

 private:
  std::atomic<size_t> answered_{0};
  std::vector<std::unique_ptr<ConsumerThread>> threads_;
};

class EachScenario : public LoadgenTest,
                     public testing::WithParamInterface<std::tuple<TestScenario, size_t, bool>> {
 protected:
  static mlperf::TestSettings Settings() {
    auto [scenario, threads, tokens] = GetParam();
    return tokens ? ShortTokenTest(scenario) : ShortTest(scenario);
  }
  static size_t Threads() { return std::get<1>(GetParam()); }
};

TEST_P(EachScenario, PerformanceIsValid) {
  Consumers consumers(sut(), Threads());
  ASSERT_EQ(RunToEnd(Settings()), StartResult::kStarted);
  EXPECT_EQ(Detail("result_validity"), "VALID") << ReadLog("summary.txt");
  EXPECT_EQ(LoggedErrors(), 0u) << ReadLog("detail.txt");
  EXPECT_EQ(Detail("sut_name"), "native");
  EXPECT_EQ(Detail("qsl_name"), "numbers");
  ReportCounts reported = counts();
  EXPECT_GE(reported.issued, 100u);
  EXPECT_EQ(reported.completed, reported.issued);
  EXPECT_EQ(reported.first_tokens, reported.issued);
  EXPECT_EQ(reported.failed, 0u);
  EXPECT_EQ(consumers.answered(), reported.issued);
  // LoadGen fills the set up, so that a query of several samples may begin at any of them.
  size_t set = Settings().scenario == TestScenario::MultiStream ? 16 + 4 - 1 : 16;
  std::vector<std::pair<Library, size_t>> expected = {{Library::kLoad, set},
                                                      {Library::kUnload, set}};
  EXPECT_EQ(asked_, expected);
  EXPECT_FALSE(Run::Instance().running());
}

TEST_P(EachScenario, AccuracyLogsEverySampleWithItsAnswer) {
  Consumers consumers(sut(), Threads());
  mlperf::TestSettings settings = Settings();
  settings.mode = TestMode::AccuracyOnly;
  ASSERT_EQ(RunToEnd(settings), StartResult::kStarted);
  EXPECT_EQ(LoggedErrors(), 0u) << ReadLog("detail.txt");
  EXPECT_EQ(counts().completed, 32u);
  std::string log = ReadLog("accuracy.json");
  for (int index = 0; index < 32; ++index)
    EXPECT_NE(log.find("\"qsl_idx\" : " + std::to_string(index) + ","), std::string::npos) << log;
  size_t answers = 0;
  const std::string answer = "\"0B0000000C0000000D000000\"";
  for (size_t at = log.find(answer); at != std::string::npos; at = log.find(answer, at + 1))
    ++answers;
  EXPECT_EQ(answers, 32u) << log;
  EXPECT_EQ(asked_.size(), 4u) << "two sets of 16, loaded and unloaded";
}

std::string NameOf(const testing::TestParamInfo<std::tuple<TestScenario, size_t, bool>>& info) {
  auto [scenario, threads, tokens] = info.param;
  return ScenarioNames().at(static_cast<size_t>(scenario)) + std::to_string(threads) +
         (threads == 1 ? "Thread" : "Threads") + (tokens ? "Tokens" : "");
}

INSTANTIATE_TEST_SUITE_P(
    All, EachScenario,
    testing::Combine(testing::Values(TestScenario::Server, TestScenario::Offline,
                                     TestScenario::SingleStream, TestScenario::MultiStream),
                     testing::Values(size_t{1}, size_t{2}, size_t{4}), testing::Bool()),
    NameOf);

class RunTest : public LoadgenTest {};

TEST_F(RunTest, NeedsAConsumer) {
  EXPECT_EQ(Start(ShortTest(TestScenario::Server)), StartResult::kNoConsumer);
  EXPECT_FALSE(Run::Instance().running());
  Consumers consumers(sut(), 1);
  EXPECT_EQ(RunToEnd(ShortTest(TestScenario::Server)), StartResult::kStarted);
}

TEST_F(RunTest, IsOneAtATime) {
  Consumers consumers(sut(), 1);
  mlperf::TestSettings settings = ShortTest(TestScenario::Server);
  ASSERT_EQ(Start(settings), StartResult::kStarted);
  EXPECT_TRUE(Run::Instance().running());
  EXPECT_EQ(Run::Instance().Start({}, nullptr, nullptr), StartResult::kAlreadyRunning);
  End();
  EXPECT_EQ(Detail("result_validity"), "VALID");
}

TEST_F(RunTest, ManyInARow) {
  Consumers consumers(sut(), 2);
  for (TestScenario scenario : {TestScenario::Server, TestScenario::Offline,
                                TestScenario::SingleStream, TestScenario::Server}) {
    ASSERT_EQ(RunToEnd(ShortTokenTest(scenario)), StartResult::kStarted);
    EXPECT_EQ(Detail("result_validity"), "VALID");
    EXPECT_EQ(LoggedErrors(), 0u);
    EXPECT_EQ(counts().completed, counts().issued);
  }
}

TEST_F(RunTest, WithIssueThreads) {
  Consumers consumers(sut(), 3);
  mlperf::TestSettings settings = ShortTokenTest(TestScenario::Server);
  settings.server_num_issue_query_threads = 3;
  ASSERT_EQ(RunToEnd(settings), StartResult::kStarted);
  EXPECT_EQ(Detail("result_validity"), "VALID") << ReadLog("summary.txt");
  EXPECT_EQ(LoggedErrors(), 0u);
  EXPECT_EQ(consumers.answered(), counts().issued);
  EXPECT_EQ(Start(ShortTest(TestScenario::Server)), StartResult::kIssueThreadsNeedOwnProcess);
}

TEST_F(RunTest, IssueThreadsMustComeFirst) {
  Consumers consumers(sut(), 1);
  mlperf::TestSettings settings = ShortTest(TestScenario::Server);
  ASSERT_EQ(RunToEnd(settings), StartResult::kStarted);
  settings.server_num_issue_query_threads = 1;
  EXPECT_EQ(Start(settings), StartResult::kIssueThreadsNeedOwnProcess);
}

TEST_F(RunTest, WithCoalescedQueries) {
  Consumers consumers(sut(), 2);
  mlperf::TestSettings settings = ShortTest(TestScenario::Server);
  settings.server_target_qps = 20000;
  settings.server_coalesce_queries = true;
  ASSERT_EQ(RunToEnd(settings), StartResult::kStarted);
  EXPECT_EQ(counts().completed, counts().issued);
  EXPECT_EQ(LoggedErrors(), 0u);
}

TEST_F(RunTest, CompletedInBatches) {
  Consumers consumers(sut(), 2, [](Responses& responses, const HandedSample& sample) {
    double slots[] = {static_cast<double>(sample.slot), static_cast<double>(sample.slot)};
    EXPECT_EQ(responses.CompleteAll(slots, 2, 1), 1u);
  });
  ASSERT_EQ(RunToEnd(ShortTest(TestScenario::Offline)), StartResult::kStarted);
  EXPECT_EQ(Detail("result_validity"), "VALID");
  EXPECT_EQ(counts().completed, counts().issued);
}

TEST_F(RunTest, FailuresEndTheTestAndAreLogged) {
  Consumers consumers(sut(), 2, [](Responses& responses, const HandedSample& sample) {
    if (sample.sample_index % 4 == 0)
      responses.Fail(sample.slot);
    else
      Answer(responses, sample);
  });
  ASSERT_EQ(RunToEnd(ShortTokenTest(TestScenario::Server)), StartResult::kStarted);
  EXPECT_GT(counts().failed, 0u);
  EXPECT_EQ(counts().failed + counts().completed, counts().issued);
  EXPECT_GE(LoggedErrors(), counts().failed);
}

class Cut : public LoadgenTest, public testing::WithParamInterface<bool> {
 protected:
  mlperf::TestSettings Long() {
    mlperf::TestSettings settings =
        GetParam() ? ShortTokenTest(TestScenario::Server) : ShortTest(TestScenario::Server);
    settings.min_query_count = 400;
    return settings;
  }
  static void WaitForIssued(uint64_t count) {
    while (counts().issued < count) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  // As the watchdog does: a sample whose first token is fresh is failed later.
  static void FailAllUntilTheEnd() {
    while (Run::Instance().running()) {
      sut().responses().FailAll();
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
  }
};

TEST_P(Cut, DrainingEndsATestWithSamplesThatNobodyAnswers) {
  std::atomic<bool> forgetful{true};
  Consumers consumers(sut(), 2, [&](Responses& responses, const HandedSample& sample) {
    if (!forgetful || sample.sample_index % 4 != 0) return Answer(responses, sample);
    if (sample.sample_index % 8 == 0) responses.FirstToken(sample.slot, nullptr, 0);
  });
  ASSERT_EQ(Start(Long()), StartResult::kStarted);
  WaitForIssued(50);
  sut().set_draining(true);
  FailAllUntilTheEnd();
  End();
  EXPECT_GE(counts().completed, 20u);
  EXPECT_GT(counts().failed, 0u);
  EXPECT_EQ(counts().failed + counts().completed, counts().issued);

  forgetful = false;
  ASSERT_EQ(RunToEnd(ShortTest(TestScenario::Offline)), StartResult::kStarted);
  EXPECT_EQ(Detail("result_validity"), "VALID") << "draining is over";
}

TEST_P(Cut, ConsumersThatLeaveFailTheirSamples) {
  auto hold = [](Responses&, const HandedSample&) {};
  auto holding = std::make_unique<ConsumerThread>(sut(), hold);
  Consumers answering(sut(), 1);
  ASSERT_EQ(Start(Long()), StartResult::kStarted);
  WaitForIssued(50);
  holding.reset();
  End();
  EXPECT_GT(counts().failed, 0u);
  EXPECT_GT(counts().completed, 0u);
  EXPECT_EQ(counts().failed + counts().completed, counts().issued);
}

TEST_P(Cut, AbandonEndsATestWhileItRuns) {
  ConsumerThread holding(sut(), [](Responses&, const HandedSample&) {});
  ASSERT_EQ(Start(Long()), StartResult::kStarted);
  WaitForIssued(20);
  Run::Instance().Abandon();
  FailAllUntilTheEnd();
  End();
  EXPECT_EQ(counts().failed, counts().issued);
}

TEST_P(Cut, AbandonEndsATestWhileItLoads) {
  Consumers consumers(sut(), 1);
  std::atomic<bool> loading{false};
  ASSERT_EQ(Start(Long(),
                  [&](Library, const std::vector<mlperf::QuerySampleIndex>&) {
                    loading = true;
                    return true;
                  }),
            StartResult::kStarted);
  while (!loading) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  Run::Instance().Abandon();
  End();
  EXPECT_EQ(counts().failed, counts().issued);
  Run::Instance().Abandon();
}

INSTANTIATE_TEST_SUITE_P(Both, Cut, testing::Bool(),
                         [](const auto& info) { return info.param ? "Tokens" : "Plain"; });

}  // namespace
}  // namespace flexbench
