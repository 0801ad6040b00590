#include "services/rpc_answer.h"

#include "daybook/type/v1/record_meta.pb.h"
#include "domain/base/status_macros.h"
#include "domain/base/time.h"
#include "domain/fields/registry.h"
#include "services/custom_fields.h"

namespace daybook::services {
namespace {

using google::protobuf::Message;

const google::protobuf::FieldDescriptor* Field(const Message& message, int number) {
  return message.GetDescriptor()->FindFieldByNumber(number);
}

absl::Status ReadStored(const Deps& deps, CommandAnswer& answer, Message* response) {
  DAYBOOK_ASSIGN_OR_RETURN(const auto snapshot, deps.views.AsOf(answer.receipt.position()));
  const domain::ObjectType* type = domain::Registry::Get().Find(answer.aggregate);
  DAYBOOK_ASSIGN_OR_RETURN(const auto record, snapshot->GetRecord(*type, answer.id));
  if (record != nullptr) {
    const auto& meta = static_cast<const type::v1::RecordMeta&>(
        record->GetReflection()->GetMessage(*record, Field(*record, 2)));
    answer.receipt.set_revision(meta.revision());
  }
  if (response != nullptr) FillCommandResponse(deps, answer, record.get(), response);
  return absl::OkStatus();
}

}  // namespace

void FillCommandResponse(const Deps& deps, const CommandAnswer& answer, const Message* record,
                         Message* response) {
  const auto* reflection = response->GetReflection();
  reflection->MutableMessage(response, Field(*response, 1))->CopyFrom(answer.receipt);
  if (record == nullptr) return;
  Message* shown = reflection->MutableMessage(response, Field(*response, 2));
  shown->CopyFrom(*record);
  deps.custom_fields.HideRetiredIn(shown);
}

uint64_t ReadReplayedAnswer(const Deps& deps, CommandAnswer answer, Message* response,
                            absl::Time deadline, std::function<void(absl::Status)> done) {
  const eventstore::LogPosition position = answer.receipt.position();
  auto read = [&deps, answer = std::move(answer), response, done](absl::Status status) mutable {
    if (!status.ok()) return done(std::move(status));
    // Reads may touch the disk: off the runner's thread.
    const auto task = [&deps, answer, response, done]() mutable {
      done(ReadStored(deps, answer, response));
    };
    if (!deps.pool.Continue(task)) done(absl::UnavailableError("shutting down"));
  };
  return deps.views.WaitFor(position, deadline, std::move(read));
}

void FillReadPosition(eventstore::LogPosition position, absl::Time recorded_at, Message* response) {
  auto& read = static_cast<rpc::v1::ReadPosition&>(
      *response->GetReflection()->MutableMessage(response, Field(*response, 1)));
  read.set_position(position);
  if (position > 0) *read.mutable_recorded_at() = ToProto(recorded_at);
}

}  // namespace daybook::services
