#include "run.h"

#include <unistd.h>

#include <cstdlib>
#ifdef __linux__
#include <sys/prctl.h>
#endif

#include "loadgen.h"
#include "logging.h"

namespace flexbench {

namespace {

// The kernel may wake a sleeping thread 50 µs late to save power. LoadGen issues queries from a
// sleeping thread.
void WakePunctually() {
#ifdef __linux__
  prctl(PR_SET_TIMERSLACK, 1);
#endif
}

// exit() destroys LoadGen's logger while its threads use it. This runs before that, and leaves at
// once.
void LeaveIfRunning(int status, void*) {
  if (!Run::Instance().running()) return;
  static const char text[] =
      "flexbench: the process ended during a LoadGen test; the test's logs are incomplete\n";
  if (write(STDERR_FILENO, text, sizeof text - 1) < 0) status = status == 0 ? 1 : status;
  _exit(status);
}

void LeaveBeforeLoadGenIsDestroyed() {
  static std::once_flag once;
  std::call_once(once, [] {
    // Constructed first, so that its destructor comes after our handler.
    mlperf::logging::GlobalLogger();
#ifdef __GLIBC__
    on_exit(&LeaveIfRunning, nullptr);
#else
    std::atexit([] { LeaveIfRunning(1, nullptr); });
#endif
  });
}

}  // namespace

Run& Run::Instance() {
  static Run* instance = new Run();
  return *instance;
}

StartResult Run::Start(TestRequest request, SampleLibrary::Ask ask, std::function<void()> on_end) {
  bool issue_threads = request.settings.server_num_issue_query_threads > 0;
  if (running_.exchange(true)) return StartResult::kAlreadyRunning;
  StartResult refusal = StartResult::kStarted;
  if (sut_.AttachedConsumers() == 0)
    refusal = StartResult::kNoConsumer;
  else if (issue_threads_used_ || (issue_threads && tested_))
    refusal = StartResult::kIssueThreadsNeedOwnProcess;
  if (refusal != StartResult::kStarted) {
    running_ = false;
    return refusal;
  }
  tested_ = true;
  issue_threads_used_ = issue_threads;
  Join();
  LeaveBeforeLoadGenIsDestroyed();
  sut_.set_name(request.sut_name);
  sut_.set_draining(false);
  library_ = std::make_shared<SampleLibrary>(request.library_name, request.samples, std::move(ask));
  bool needs_first_token = request.settings.use_token_latencies &&
                           request.settings.scenario != mlperf::TestScenario::Offline;
  sut_.responses().BeginTest(needs_first_token);
  thread_ = std::thread([this, request = std::move(request), on_end = std::move(on_end)] {
    WakePunctually();
    RunTest(request);
    sut_.responses().EndTest();
    running_ = false;
    on_end();
  });
  return StartResult::kStarted;
}

void Run::RunTest(const TestRequest& request) {
  // void RegisterIssueQueryThread()  — blocks until the test ends; LoadGen waits 10 s for all of
  // them to come.
  std::vector<std::thread> issue_threads;
  for (uint64_t i = 0; i < request.settings.server_num_issue_query_threads; ++i) {
    issue_threads.emplace_back([] {
      WakePunctually();
      mlperf::RegisterIssueQueryThread();
    });
  }
  // void StartTest(SystemUnderTest*, QuerySampleLibrary*, const TestSettings&, const LogSettings&,
  //                const std::string audit_config_filename)  — blocks, and returns nothing.
  mlperf::StartTest(&sut_, library_.get(), request.settings, request.log, request.audit_config);
  for (std::thread& thread : issue_threads) thread.join();
}

void Run::Join() {
  if (thread_.joinable()) thread_.join();
}

void Run::Answer() {
  if (library_) library_->Answer();
}

void Run::Abandon() {
  if (!running_) return;
  sut_.set_draining(true);
  library_->Abandon();
  sut_.responses().FailAll();
}

}  // namespace flexbench
