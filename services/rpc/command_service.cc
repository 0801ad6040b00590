#include <grpcpp/support/server_callback.h>

#include <atomic>
#include <deque>

#include "absl/strings/str_cat.h"
#include "daybook/rpc/v1/command_service.grpc.pb.h"
#include "domain/base/error.h"
#include "domain/base/status_macros.h"
#include "domain/fields/shape.h"
#include "services/custom_fields.h"
#include "services/grpc_status.h"
#include "services/registry.h"
#include "services/rpc.h"
#include "services/rpc_answer.h"

namespace daybook::services {
namespace {

namespace pb = ::daybook::rpc::v1;

constexpr int kCommandsPerMessageMax = 512;
constexpr size_t kUnansweredMax = 2048;
constexpr size_t kAnswersPerMessage = 512;
constexpr size_t kAnswerBytesPerMessage = 1 << 20;  // and one answer more

// One stream of commands. Commands are decided one after the other, in order, on the worker pool,
// each on the states that the earlier ones lead to (Overlay); the log confirms them in groups
// meanwhile. At most one read and one write are outstanding, as gRPC demands. The reactor deletes
// itself in OnDone, which comes after the last command of the stream has been answered. Messages
// come as bytes: gRPC takes those that it cannot read for the end of the stream.
class CommandStream final : public grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer> {
 public:
  CommandStream(grpc::CallbackServerContext* rpc, const Deps& deps) : rpc_(rpc), deps_(deps) {
    auto principal = AuthenticateCall(*rpc, deps);
    if (!principal.ok()) {
      finishing_ = true;
      Finish(ToGrpc(principal.status()));
      return;
    }
    principal_ = *std::move(principal);
    const auto batch = rpc->client_metadata().find("daybook-batch-id");
    if (batch != rpc->client_metadata().end()) {
      // An id of a record; whatever else is sent here is not kept.
      const auto id = Uuid::Parse({batch->second.data(), batch->second.size()});
      if (id.ok()) batch_id_ = id->ToString();
    }
    StartRead(&incoming_bytes_);
  }

  void OnReadDone(bool ok) override {
    std::unique_lock lock(mutex_);
    reading_ = false;
    if (!ok) {
      half_closed_ = true;
      return MaybeFinish(lock);
    }
    absl::Status status = Accept();
    if (!status.ok()) {
      failure_ = std::move(status);
      half_closed_ = true;
      return MaybeFinish(lock);
    }
    MaybeRead();
    MaybeRun(lock);
  }

  void OnWriteDone(bool ok) override {
    std::unique_lock lock(mutex_);
    writing_ = false;
    outgoing_.Clear();
    if (!ok) broken_ = true;
    MaybeWrite();
    MaybeRead();
    MaybeFinish(lock);
  }

  void OnCancel() override {
    std::unique_lock lock(mutex_);
    broken_ = true;
    half_closed_ = true;
    MaybeFinish(lock);
  }

  void OnDone() override { delete this; }

 private:
  // REQUIRES for the functions down to MaybeFinish: mutex_ is held. MaybeFinish may release it and
  // end the stream, so it is always the last thing that is done.
  absl::Status Accept() {
    // A key that was revoked meanwhile ends the stream.
    DAYBOOK_RETURN_IF_ERROR(AuthenticateCall(*rpc_, deps_).status());
    if (!grpc::SerializationTraits<pb::ExecuteRequest>::Deserialize(&incoming_bytes_, &incoming_)
             .ok()) {
      return InvalidField("request",
                          "the bytes are not a daybook.rpc.v1.ExecuteRequest, or hold text that is "
                          "not UTF-8");
    }
    if (incoming_.has_options()) {
      if (received_ > 0) {
        return Reject(pb::REASON_INVALID_FIELD, "options: only the first message may carry them");
      }
      options_ = incoming_.options();
      if (options_.backfill() && !options_.dry_run()) {
        DAYBOOK_RETURN_IF_ERROR(deps_.access.CheckOperate(principal_, "backfill"));
      }
    }
    if (incoming_.commands_size() > kCommandsPerMessageMax) {
      return Reject(pb::REASON_LIMIT_EXCEEDED,
                    absl::StrCat("at most ", kCommandsPerMessageMax, " commands fit one message"),
                    {{"limit", "commands_per_message"}});
    }
    ++received_;
    unanswered_ += static_cast<size_t>(incoming_.commands_size());
    for (pb::Command& command : *incoming_.mutable_commands()) {
      waiting_.push_back(std::move(command));
    }
    incoming_.Clear();
    return absl::OkStatus();
  }

  void MaybeRead() {
    if (reading_ || half_closed_ || broken_) return;
    // Answers that the caller has not taken count too: whoever does not read is not read from.
    const size_t held =
        unanswered_ + answers_.size() + static_cast<size_t>(outgoing_.results_size());
    if (held + kCommandsPerMessageMax > kUnansweredMax) return;
    reading_ = true;
    StartRead(&incoming_bytes_);
  }

  void MaybeWrite() {
    if (writing_ || answers_.empty() || broken_ || finishing_) return;
    outgoing_.Clear();
    size_t bytes = 0;
    while (!answers_.empty() && outgoing_.results_size() < static_cast<int>(kAnswersPerMessage) &&
           bytes < kAnswerBytesPerMessage) {
      bytes += answers_.front().response().size() + answers_.front().status().size();
      *outgoing_.add_results() = std::move(answers_.front());
      answers_.pop_front();
    }
    writing_ = true;
    // gRPC writes into an empty buffer only; that of the write before is still here.
    outgoing_bytes_.Clear();
    bool own_buffer = false;
    grpc::SerializationTraits<pb::ExecuteResponse>::Serialize(outgoing_, &outgoing_bytes_,
                                                              &own_buffer);
    StartWrite(&outgoing_bytes_);
  }

  void MaybeRun(std::unique_lock<std::mutex>& lock) {
    if (running_ || (waiting_.empty() && again_.empty())) return MaybeFinish(lock);
    running_ = true;
    if (deps_.pool.Continue([this] { RunCommands(); })) return;
    running_ = false;
    failure_ = Reject(pb::REASON_SHUTTING_DOWN, "the server is going down");
    half_closed_ = true;
    unanswered_ -= waiting_.size();
    waiting_.clear();
    if (again_.empty()) return MaybeFinish(lock);
    // Those that the engine knows are answered when they are dropped; the last answer may end the
    // stream.
    std::deque<std::function<void()>> dropped = std::move(again_);
    again_.clear();
    lock.unlock();
    dropped.clear();
  }

  void MaybeFinish(std::unique_lock<std::mutex>& lock) {
    if (finishing_ || reading_ || writing_ || running_ || !half_closed_ || unanswered_ > 0) return;
    if (!answers_.empty() && !broken_) return;
    finishing_ = true;
    const grpc::Status status = ToGrpc(failure_);
    // OnDone may come on another thread at once and delete this: nothing may be touched after
    // Finish.
    lock.unlock();
    Finish(status);
  }

  // On the worker pool, one at a time for each stream.
  void RunCommands() {
    // Bounded, so that streams share the workers fairly.
    for (int i = 0; i < kCommandsPerMessageMax; ++i) {
      pb::Command command;
      std::function<void()> again;
      {
        std::unique_lock lock(mutex_);
        if (!again_.empty()) {
          again = std::move(again_.front());
          again_.pop_front();
        } else if (!waiting_.empty()) {
          command = std::move(waiting_.front());
          waiting_.pop_front();
        } else {
          running_ = false;
          return MaybeFinish(lock);
        }
      }
      if (again != nullptr) {
        again();
      } else {
        Run(std::move(command));
      }
    }
    std::unique_lock lock(mutex_);
    running_ = false;
    MaybeRun(lock);
  }

  void Run(pb::Command command) {
    const uint64_t index = command.index();
    absl::StatusOr<CommandCall> call = Parse(command);
    if (!call.ok()) return Answered(index, call.status());
    deps_.engine.Execute(*std::move(call), [this, index](absl::StatusOr<CommandAnswer> answer) {
      Answered(index, std::move(answer));
    });
  }

  absl::StatusOr<CommandCall> Parse(const pb::Command& command) {
    CommandCall call;
    call.command = domain::FindCommand(command.request_type());
    if (call.command.command == nullptr) {
      return InvalidField("request_type",
                          absl::StrCat("there is no command '", command.request_type(), "'"));
    }
    // Before the shape: whoever may not send it learns nothing of it.
    DAYBOOK_RETURN_IF_ERROR(deps_.access.CheckCommand(principal_, call.command,
                                                      *call.command.command->request, nullptr));
    std::shared_ptr<google::protobuf::Message> request(call.command.command->request->New());
    if (!request->ParseFromString(command.request())) {
      return InvalidField("request", absl::StrCat("the bytes are not a ", command.request_type()));
    }
    DAYBOOK_RETURN_IF_ERROR(domain::CheckShape(*request));
    if (command.request_type() == "daybook.admin.v1.IssueApiKeyRequest") {
      return InvalidField("request_type", "keys are issued by ApiKeyService.IssueApiKey only");
    }
    if (command.request_type() == "daybook.work.v1.IssueCalendarFeedRequest") {
      return InvalidField("request_type",
                          "feeds are issued by CalendarFeedService.IssueCalendarFeed only");
    }
    if (command.request_type() == "daybook.sales.v1.DisableCrmRequest") {
      return InvalidField("request_type",
                          "open deals are looked for by CrmProjectService.DisableCrm only");
    }
    call.request = std::move(request);
    call.principal = principal_;
    call.backfill = options_.backfill();
    call.dry_run = options_.dry_run();
    call.batch_id = batch_id_;
    call.overlay = overlay_;
    call.conflict_bytes = kConflictBytesMax;
    call.still_authenticated = [this] { return AuthenticateCall(*rpc_, deps_).status(); };
    call.submit = [this](std::function<void()> task) { return DecideAgain(std::move(task)); };
    return call;
  }

  // Commands that lost a race come before those that have not been decided at all.
  bool DecideAgain(std::function<void()> task) {
    std::unique_lock lock(mutex_);
    again_.push_back(std::move(task));
    MaybeRun(lock);
    return true;
  }

  // On a thread of the store, or of the pool.
  void Answered(uint64_t index, absl::StatusOr<CommandAnswer> answer) {
    pb::CommandResult result;
    result.set_index(index);
    if (!answer.ok()) {
      result.set_code(static_cast<int>(answer.status().code()));
      result.set_status(StatusBytes(answer.status()));
    } else {
      *result.mutable_receipt() = answer->receipt;
      result.set_replayed(answer->replayed);
      if (!options_.receipts_only() && !answer->replayed && answer->record != nullptr) {
        result.set_response(ResponseBytes(*answer));
      }
    }
    std::unique_lock lock(mutex_);
    answers_.push_back(std::move(result));
    --unanswered_;
    MaybeWrite();
    MaybeRead();
    MaybeFinish(lock);
  }

  // Receipt as field 1 and the record as field 2: what the unary method would have answered.
  std::string ResponseBytes(const CommandAnswer& answer) const {
    std::string bytes;
    const auto append = [&bytes](char tag, const std::string& part) {
      bytes.push_back(tag);
      for (uint64_t size = part.size();; size >>= 7) {
        if (size < 0x80) {
          bytes.push_back(static_cast<char>(size));
          break;
        }
        bytes.push_back(static_cast<char>(0x80 | (size & 0x7f)));
      }
      bytes += part;
    };
    append(0x0a, answer.receipt.SerializeAsString());
    append(0x12, RecordBytes(*answer.record));
    return bytes;
  }

  std::string RecordBytes(const google::protobuf::Message& record) const {
    const auto hiding = deps_.custom_fields.HidingFrom(record);
    if (!hiding.has_value()) return record.SerializeAsString();
    // The engine's own: others read it too.
    const std::unique_ptr<google::protobuf::Message> shown(record.New());
    shown->CopyFrom(record);
    HideRetired(*hiding, shown.get());
    return shown->SerializeAsString();
  }

  grpc::CallbackServerContext* rpc_;
  const Deps& deps_;
  Principal principal_;
  std::string batch_id_;
  const std::shared_ptr<Overlay> overlay_ = NewOverlay();

  std::mutex mutex_;
  pb::ExecuteOptions options_;
  grpc::ByteBuffer incoming_bytes_;
  grpc::ByteBuffer outgoing_bytes_;
  pb::ExecuteRequest incoming_;
  pb::ExecuteResponse outgoing_;
  std::deque<pb::Command> waiting_;
  std::deque<std::function<void()>> again_;
  std::deque<pb::CommandResult> answers_;
  absl::Status failure_;
  size_t received_ = 0;
  size_t unanswered_ = 0;
  bool reading_ = true;
  bool writing_ = false;
  bool running_ = false;
  bool half_closed_ = false;
  bool broken_ = false;
  bool finishing_ = false;
};

class Service final
    : public pb::CommandService::WithRawCallbackMethod_Execute<pb::CommandService::Service> {
 public:
  explicit Service(const Deps& deps) : deps_(deps) {}

  grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>* Execute(Rpc* rpc) override {
    return new CommandStream(rpc, deps_);
  }

 private:
  const Deps& deps_;
};

}  // namespace

std::unique_ptr<grpc::Service> NewCommandService(const Deps& deps) {
  return std::make_unique<Service>(deps);
}

}  // namespace daybook::services
