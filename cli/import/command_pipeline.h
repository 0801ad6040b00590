#pragma once

// Sends commands in batches and keeps as many unanswered as the server allows.

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

#include "absl/status/status.h"
#include "cli/import/target.h"
#include "daybook/rpc/v1/command_service.pb.h"
#include "google/protobuf/message.h"

namespace daybook::cli {

// Limits of CommandService.
inline constexpr int kBatchCommandsMax = 512;
inline constexpr size_t kBatchBytesMax = 3 << 20;
inline constexpr size_t kUnansweredMax = 4096;

// Send and Finish belong to one thread; answers come on another.
class CommandPipeline {
 public:
  using OnResult = std::function<void(const rpc::v1::CommandResult&)>;
  CommandPipeline(std::unique_ptr<CommandStream> stream, const rpc::v1::ExecuteOptions& options,
                  OnResult on_result);
  // Cancels what is under way.
  ~CommandPipeline();

  // Waits while too many commands are unanswered. Not OK: the stream is broken; Finish says why.
  absl::Status Send(uint64_t index, const google::protobuf::Message& request);
  // Sends the rest and waits for all answers. UNAVAILABLE when the stream ends before.
  absl::Status Finish();
  // Ends the stream without waiting for answers.
  void Cancel();

 private:
  absl::Status Flush();
  void ReadAnswers();

  std::unique_ptr<CommandStream> stream_;
  OnResult on_result_;
  rpc::v1::ExecuteRequest batch_;
  size_t batch_bytes_ = 0;
  bool finished_ = false;

  std::mutex mutex_;
  std::condition_variable answered_;
  uint64_t unanswered_ = 0;  // guarded by mutex_
  bool ended_ = false;       // guarded by mutex_: no more answers
  std::thread reader_;
};

}  // namespace daybook::cli
