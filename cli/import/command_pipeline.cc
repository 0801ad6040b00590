#include "cli/import/command_pipeline.h"

#include "absl/strings/str_cat.h"
#include "domain/base/status_macros.h"

namespace daybook::cli {
namespace {

// Small enough that the server has work early, large enough that messages do not count.
constexpr int kBatchCommands = 128;
static_assert(kBatchCommands <= kBatchCommandsMax);

constexpr absl::string_view kBroken = "the connection broke off";

}  // namespace

CommandPipeline::CommandPipeline(std::unique_ptr<CommandStream> stream,
                                 const rpc::v1::ExecuteOptions& options, OnResult on_result)
    : stream_(std::move(stream)), on_result_(std::move(on_result)) {
  *batch_.mutable_options() = options;
  reader_ = std::thread([this] { ReadAnswers(); });
}

CommandPipeline::~CommandPipeline() {
  if (!finished_) stream_->Cancel();
  if (reader_.joinable()) reader_.join();
}

void CommandPipeline::Cancel() { stream_->Cancel(); }

void CommandPipeline::ReadAnswers() {
  rpc::v1::ExecuteResponse response;
  while (stream_->Read(&response)) {
    for (const auto& result : response.results()) on_result_(result);
    const std::lock_guard<std::mutex> lock(mutex_);
    unanswered_ -= std::min<uint64_t>(unanswered_, static_cast<uint64_t>(response.results_size()));
    answered_.notify_one();
  }
  const std::lock_guard<std::mutex> lock(mutex_);
  ended_ = true;
  answered_.notify_one();
}

absl::Status CommandPipeline::Send(uint64_t index, const google::protobuf::Message& request) {
  auto* command = batch_.add_commands();
  command->set_index(index);
  command->set_request_type(request.GetDescriptor()->full_name());
  request.SerializeToString(command->mutable_request());
  batch_bytes_ += command->request().size() + command->request_type().size() + 16;
  if (batch_.commands_size() < kBatchCommands && batch_bytes_ < kBatchBytesMax / 2) {
    return absl::OkStatus();
  }
  return Flush();
}

absl::Status CommandPipeline::Flush() {
  if (batch_.commands().empty()) return absl::OkStatus();
  const auto count = static_cast<uint64_t>(batch_.commands_size());
  {
    std::unique_lock<std::mutex> lock(mutex_);
    answered_.wait(lock, [&] { return ended_ || unanswered_ + count <= kUnansweredMax; });
    if (ended_) return absl::UnavailableError(kBroken);
    unanswered_ += count;
  }
  const bool written = stream_->Write(batch_);
  batch_.Clear();  // the options belong to the first message only
  batch_bytes_ = 0;
  return written ? absl::OkStatus() : absl::UnavailableError(kBroken);
}

absl::Status CommandPipeline::Finish() {
  const absl::Status flushed = Flush();
  if (flushed.ok()) stream_->WritesDone();
  reader_.join();
  finished_ = true;
  DAYBOOK_RETURN_IF_ERROR(stream_->Finish());
  if (unanswered_ > 0) {
    return absl::UnavailableError(
        absl::StrCat("the server ended the stream with ", unanswered_, " commands unanswered"));
  }
  return flushed;
}

}  // namespace daybook::cli
