#include "cli/import/command_pipeline.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <deque>

#include "daybook/admin/v1/unit_service.pb.h"

namespace daybook::cli {
namespace {

// Answers nothing until told to, and measures how much is unanswered.
class SlowStream final : public CommandStream {
 public:
  explicit SlowStream(std::atomic<size_t>* most) : most_(most) {}

  bool Write(const rpc::v1::ExecuteRequest& request) override {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (request.commands_size() > kBatchCommandsMax || request.ByteSizeLong() > kBatchBytesMax) {
      return false;
    }
    for (const auto& command : request.commands()) waiting_.push_back(command.index());
    *most_ = std::max(most_->load(), waiting_.size());
    changed_.notify_all();
    return true;
  }
  void WritesDone() override {
    const std::lock_guard<std::mutex> lock(mutex_);
    done_ = true;
    changed_.notify_all();
  }
  bool Read(rpc::v1::ExecuteResponse* response) override {
    std::unique_lock<std::mutex> lock(mutex_);
    // Answers come late: when the window is full, or nothing more is sent.
    changed_.wait(lock, [&] { return done_ || waiting_.size() >= kUnansweredMax; });
    response->Clear();
    if (waiting_.empty()) return false;
    for (int i = 0; i < kBatchCommandsMax && !waiting_.empty(); ++i) {
      response->add_results()->set_index(waiting_.back());  // any order
      waiting_.pop_back();
    }
    return true;
  }
  absl::Status Finish() override { return absl::OkStatus(); }
  void Cancel() override { WritesDone(); }

 private:
  std::atomic<size_t>* most_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<uint64_t> waiting_;
  bool done_ = false;
};

TEST(CommandPipelineTest, AtMostTheLimitIsUnansweredAndEveryAnswerArrives) {
  // Given
  std::atomic<size_t> most = 0;
  std::vector<bool> answered(10'000);
  // When
  {
    CommandPipeline pipeline(
        std::make_unique<SlowStream>(&most), rpc::v1::ExecuteOptions(),
        [&](const rpc::v1::CommandResult& result) { answered[result.index()] = true; });
    admin::v1::CreateUnitRequest request;
    request.set_name(std::string(1000, 'x'));
    for (uint64_t i = 0; i < answered.size(); ++i) ASSERT_TRUE(pipeline.Send(i, request).ok());
    ASSERT_TRUE(pipeline.Finish().ok());
  }
  // Then
  EXPECT_EQ(most, kUnansweredMax);
  EXPECT_EQ(std::count(answered.begin(), answered.end(), true), 10'000);
}

TEST(CommandPipelineTest, LargeRequestsStayBelowTheLimitOfAMessage) {
  std::atomic<size_t> most = 0;
  uint64_t answers = 0;
  CommandPipeline pipeline(std::make_unique<SlowStream>(&most), rpc::v1::ExecuteOptions(),
                           [&](const rpc::v1::CommandResult&) { ++answers; });
  admin::v1::CreateUnitRequest request;
  request.set_name(std::string(1'000'000, 'x'));
  for (uint64_t i = 0; i < 20; ++i) ASSERT_TRUE(pipeline.Send(i, request).ok());
  ASSERT_TRUE(pipeline.Finish().ok());
  EXPECT_EQ(answers, 20u);
}

}  // namespace
}  // namespace daybook::cli
