#include "tests/cli/fake_target.h"

#include <condition_variable>
#include <deque>

#include "absl/strings/str_cat.h"
#include "domain/base/error.h"
#include "domain/base/time.h"
#include "domain/registry.h"

namespace daybook::cli {
namespace {

using google::protobuf::Message;

std::string TextField(const Message& message, const std::string& name) {
  const auto* field = message.GetDescriptor()->FindFieldByName(name);
  return field == nullptr ? "" : message.GetReflection()->GetString(message, field);
}

const rpc::v1::CommandHeader& HeaderOf(const Message& message) {
  return static_cast<const rpc::v1::CommandHeader&>(message.GetReflection()->GetMessage(
      message, message.GetDescriptor()->FindFieldByName("header")));
}

rpc::v1::CommandResult Refused(const absl::Status& status) {
  rpc::v1::Status body;
  body.set_code(static_cast<int>(status.code()));
  body.set_message(std::string(status.message()));
  status.ForEachPayload([&](absl::string_view type, const absl::Cord& value) {
    auto* any = body.add_details();
    any->set_type_url(std::string(type));
    any->set_value(std::string(value));
  });
  rpc::v1::CommandResult result;
  result.set_code(body.code());
  result.set_status(body.SerializeAsString());
  return result;
}

class FakeStream final : public CommandStream {
 public:
  explicit FakeStream(FakeTarget& target) : target_(target) {}

  bool Write(const rpc::v1::ExecuteRequest& request) override {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (broken_) return false;
    if (first_) {
      dry_run_ = request.options().dry_run();
      target_.options.push_back(request.options());
      first_ = false;
    }
    rpc::v1::ExecuteResponse response;
    for (const auto& command : request.commands()) {
      if (target_.break_after.has_value() && (*target_.break_after)-- == 0) {
        broken_ = true;
        target_.break_after.reset();
        break;
      }
      *response.add_results() = target_.Carry(command, dry_run_);
    }
    if (!broken_ || !target_.lose_answers) answers_.push_back(std::move(response));
    changed_.notify_all();
    return !broken_;
  }
  void WritesDone() override {
    const std::lock_guard<std::mutex> lock(mutex_);
    done_ = true;
    changed_.notify_all();
  }
  bool Read(rpc::v1::ExecuteResponse* response) override {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait(lock, [&] { return !answers_.empty() || done_ || broken_; });
    if (answers_.empty()) return false;
    *response = std::move(answers_.front());
    answers_.pop_front();
    return true;
  }
  absl::Status Finish() override {
    return broken_ ? absl::UnavailableError("the connection broke") : absl::OkStatus();
  }
  void Cancel() override {
    const std::lock_guard<std::mutex> lock(mutex_);
    broken_ = true;
    changed_.notify_all();
  }

 private:
  FakeTarget& target_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<rpc::v1::ExecuteResponse> answers_;
  bool first_ = true;
  bool done_ = false;
  bool broken_ = false;
  bool dry_run_ = false;
};

}  // namespace

std::string SentCommand::Text(const std::string& field) const { return TextField(*request, field); }

std::string SentCommand::EffectiveAt() const {
  const auto& header = HeaderOf(*request);
  return header.has_effective_at() ? FormatInstant(*FromProto(header.effective_at())) : "";
}

absl::StatusOr<ImportTarget::Settings> FakeTarget::GetSettings() {
  Settings settings;
  settings.zone = *LoadZone(zone);
  settings.currency = "USD";
  return settings;
}

absl::StatusOr<std::vector<std::string>> FakeTarget::ResolveExternalKeys(
    const std::string& aggregate, const std::vector<std::string>& keys) {
  if (keys.size() > kResolveKeysMax) return absl::InvalidArgumentError("too many keys");
  std::vector<std::string> ids;
  for (const auto& key : keys) {
    const auto found = ids_.find(absl::StrCat(aggregate, "\n", key));
    ids.push_back(found == ids_.end() ? "" : found->second);
  }
  return ids;
}

absl::StatusOr<std::vector<std::string>> FakeTarget::Find(const std::string& aggregate,
                                                          const std::string& filter) {
  return finds[filter];
}

std::unique_ptr<CommandStream> FakeTarget::Execute(const std::string& batch_id) {
  batch_ids.push_back(batch_id);
  return std::make_unique<FakeStream>(*this);
}

absl::StatusOr<ImportTarget::KnownRun> FakeTarget::FindRun(const ImportRunRecord& run) {
  KnownRun known;
  for (const auto& [id, other] : runs_) {
    if (other.plan_hash == run.plan_hash && other.rows == run.rows) known = {id, finished_[id]};
  }
  return known;
}

absl::StatusOr<std::string> FakeTarget::StartRun(const ImportRunRecord& run) {
  const std::string id = absl::StrCat("run-", runs_.size() + 1);
  runs_[id] = run;
  return id;
}

absl::Status FakeTarget::FinishRun(const std::string& id, const ImportRunOutcome& outcome) {
  finished_[id] = true;
  finished_runs.push_back(outcome);
  return absl::OkStatus();
}

rpc::v1::CommandResult FakeTarget::Carry(const rpc::v1::Command& command, bool dry_run) {
  const domain::CommandRef ref = domain::FindCommand(command.request_type());
  std::shared_ptr<Message> request(ref.command->request->New());
  request->ParseFromString(command.request());
  SentCommand sent{std::string(request->GetDescriptor()->name()), request};
  const std::string request_id = HeaderOf(*request).request_id();
  rpc::v1::CommandResult result;
  const auto known = bodies_.find(request_id);
  if (known != bodies_.end() && known->second != command.request()) {
    result = Refused(Reject(rpc::v1::REASON_IDEMPOTENCY_MISMATCH, "used for another request"));
  } else if (known != bodies_.end()) {
    ++replayed;
    result.set_replayed(true);
    result.mutable_receipt()->set_replayed(true);
    result.mutable_receipt()->set_events(1);
  } else if (const absl::Status status = refuse ? refuse(sent) : absl::OkStatus(); !status.ok()) {
    result = Refused(status);
  } else {
    result.mutable_receipt()->set_events(1);
    result.mutable_receipt()->set_position(++received_);
    carried_out.push_back(sent);
    if (!dry_run) {
      bodies_[request_id] = command.request();
      const std::string key = TextField(*request, "external_key");
      if (!key.empty()) ids_[absl::StrCat(ref.aggregate->name, "\n", key)] = sent.Text("id");
    }
  }
  result.set_index(command.index());
  return result;
}

}  // namespace daybook::cli
