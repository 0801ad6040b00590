#include "tests/support/log_builder.h"

#include "daybook/log/v1/metadata.pb.h"
#include "domain/base/check.h"
#include "domain/base/strings.h"
#include "domain/fields/personal.h"
#include "domain/registry.h"

namespace daybook::testing {

LogBuilder::LogBuilder(uint64_t seed)
    : random_(seed),
      clock_(absl::FromCivil(absl::CivilDay(2026, 1, 1), absl::UTCTimeZone())),
      keys_(eventstore::NewMemoryKeyStore(random_)),
      store_(eventstore::NewMemoryEventStore(clock_, random_)) {}

std::string LogBuilder::NewId() {
  return random_.NewUuid(clock_.Now() + absl::Microseconds(++ids_)).ToString();
}

LogBuilder& LogBuilder::Add(absl::string_view aggregate, absl::string_view id,
                            const google::protobuf::Message& event, absl::Time effective) {
  const domain::AggregateType* type = domain::FindAggregate(aggregate);
  DAYBOOK_CHECK(type != nullptr, "an aggregate");
  if (commit_.events.empty()) commit_.request_id = random_.NewUuid(clock_.Now());
  eventstore::NewEvent added;
  added.stream = {std::string(aggregate), *Uuid::Parse(id)};
  added.type = domain::EventTypeName(*type, event);
  added.effective_at = effective == absl::InfinitePast() ? clock_.Now() : effective;
  added.system = type->system;
  std::unique_ptr<google::protobuf::Message> stored(event.New());
  stored->CopyFrom(event);
  for (const domain::PersonalPart& part : domain::SplitPersonal(stored.get(), id)) {
    log::v1::SealedValues values;
    for (const std::string& value : part.values) values.add_values(value);
    const eventstore::SealContext context{commit_.request_id,
                                          static_cast<uint16_t>(commit_.events.size()),
                                          static_cast<uint8_t>(added.sealed.size()),
                                          added.stream,
                                          added.type,
                                          0};
    auto sealed =
        keys_->Seal(*Uuid::Parse(ToAbsl(part.subject_id)), context, values.SerializeAsString());
    DAYBOOK_CHECK(sealed.ok(), sealed.status().message());
    added.sealed.push_back(*std::move(sealed));
  }
  added.payload = stored->SerializeAsString();
  commit_.events.push_back(std::move(added));
  return *this;
}

eventstore::LogPosition LogBuilder::Commit() {
  commit_.actor = random_.NewUuid(clock_.Now());
  const absl::StatusOr<eventstore::AppendResult> result =
      store_->AppendAndWait(std::exchange(commit_, {}));
  DAYBOOK_CHECK(result.ok(), result.status().message());
  clock_.Advance(absl::Seconds(1));
  return result->last_position;
}

std::unique_ptr<eventstore::EventStore> LogBuilder::CutAt(eventstore::LogPosition position) {
  auto cut = eventstore::NewMemoryEventStore(cut_clock_, random_);
  eventstore::Commit commit;
  const absl::Status read =
      store_->ReadAll(0, position, [&](const eventstore::RecordedEvent& event) {
        cut_clock_.Set(event.recorded_at);
        commit.request_id = event.request_id;
        commit.actor = event.actor;
        commit.events.push_back({event.stream, event.type, event.payload, event.metadata,
                                 event.tags, event.sealed, event.effective_at,
                                 (event.flags & eventstore::kSystem) != 0});
        if (event.position == event.commit_end()) {
          const auto appended = cut->AppendAndWait(std::exchange(commit, {}));
          DAYBOOK_CHECK(appended.ok(), appended.status().message());
        }
        return true;
      });
  DAYBOOK_CHECK(read.ok(), read.message());
  return cut;
}

}  // namespace daybook::testing
