#include "projections/fold.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "domain/base/check.h"
#include "domain/base/error.h"
#include "domain/base/status_macros.h"
#include "projections/fold_record.h"

namespace daybook::projections {

namespace {

absl::Status AtEvent(const absl::Status& error, const eventstore::RecordedEvent& event) {
  absl::Status at(error.code(),
                  absl::StrCat("event ", event.position, " (", event.type, "): ", error.message()));
  // Whose fault it is goes along.
  error.ForEachPayload(
      [&](absl::string_view type, const absl::Cord& payload) { at.SetPayload(type, payload); });
  return at;
}

}  // namespace

Fold::Fold(RowStore& store, const std::vector<const Projection*>& views, Options options)
    : store_(store), options_(options) {
  const std::vector<RecordType>& types = RecordTypes();
  views_.resize(views.size() + 1);
  for (size_t i = 1; i < views_.size(); ++i) {
    View& view = views_[i];
    view.projection = views[i - 1];
    view.rows = std::make_unique<ViewRows>(store, i);
    view.wants.assign(types.size(), view.projection->aggregates.empty());
    for (const std::string& aggregate : view.projection->aggregates) {
      const RecordType* type = FindRecordType(aggregate);
      DAYBOOK_CHECK(type != nullptr, "a view names an aggregate that exists");
      view.wants[type->object->id() - 1] = true;
    }
  }
  for (const RecordType& type : types) {
    auto scratch = std::make_unique<Scratch>();
    scratch->event.reset(type.aggregate->event->New());
    scratch->before.reset(type.aggregate->record->New());
    scratch_.push_back(std::move(scratch));
  }
}

Fold::~Fold() = default;

bool Fold::attached(size_t view) const { return views_[view].attached; }

const absl::Status& Fold::error(size_t view) const { return views_[view].error; }

eventstore::LogPosition Fold::stopped_at(size_t view) const { return views_[view].stopped_at; }

bool Fold::wanted(const RecordType& type) const {
  for (size_t i = 1; i < views_.size(); ++i) {
    if (views_[i].attached && views_[i].wants[type.object->id() - 1]) return true;
  }
  return false;
}

bool Fold::any_attached() const {
  for (const View& view : views_) {
    if (view.attached) return true;
  }
  return false;
}

void Fold::Apply(const eventstore::RecordedEvent& event) {
  if (views_[0].attached) {
    if (absl::Status status = ApplyToRecord(event); !status.ok()) FailRecords(status, event);
  }
  if (event.position == event.commit_end()) EndCommit(event.position);
}

absl::Status Fold::ApplyToRecord(const eventstore::RecordedEvent& event) {
  const RecordType* type = FindRecordType(event.stream.aggregate);
  if (type == nullptr) {
    return Reject(Reason::REASON_DATA_LOSS, "this version does not know the aggregate",
                  {{"aggregate", event.stream.aggregate}});
  }
  const bool before_wanted = wanted(*type);
  if (!before_wanted && !options_.emit_records) return absl::OkStatus();
  Scratch& scratch = *scratch_[type->object->id() - 1];
  if (!scratch.event->ParseFromString(event.payload) ||
      domain::EventMember(*scratch.event) == nullptr) {
    return Reject(Reason::REASON_DATA_LOSS, "this version cannot read the event");
  }
  if (type->personal_event) domain::ExpandTokens(event.position, scratch.event.get());

  DAYBOOK_ASSIGN_OR_RETURN(Record * record, Load(*type, event.stream.id, event.revision));
  const bool existed = record->exists;
  if (existed && before_wanted) scratch.before->CopyFrom(*record->message);
  if (!record->touched) {
    record->touched = true;
    touched_.push_back(record);
  }
  type->aggregate->evolve_record(*record->message, *scratch.event);
  domain::ApplyMeta(*record->message,
                    {event.position, event.revision, event.recorded_at, event.effective_at});
  if (type->personal_record) {
    for (size_t i = 0; i < event.sealed.size(); ++i) {
      const auto part = static_cast<uint8_t>(i);
      record->parts.push_back({event.position, part, event.sealed[i], event.seal_context(part)});
    }
  }
  if (!existed) {
    std::string text;
    record->exists = !record->message->GetReflection()
                          ->GetStringReference(*record->message, type->id_field, &text)
                          .empty();
  }
  if (before_wanted) {
    ApplyToViews(event, *record, *scratch.event, existed ? scratch.before.get() : nullptr);
  }
  return absl::OkStatus();
}

void Fold::ApplyToViews(const eventstore::RecordedEvent& event, const Record& record,
                        const google::protobuf::Message& wrapper,
                        const google::protobuf::Message* before) {
  const google::protobuf::FieldDescriptor* member = domain::EventMember(wrapper);
  const Change change{event,   *record.type->aggregate,
                      wrapper, wrapper.GetReflection()->GetMessage(wrapper, member),
                      before,  *record.message};
  for (size_t i = 1; i < views_.size(); ++i) {
    View& view = views_[i];
    if (!view.attached || !view.wants[record.type->object->id() - 1]) continue;
    absl::Status status = view.projection->apply(change, *view.rows);
    status.Update(view.rows->status());
    if (!status.ok()) FailView(view, status, event);
  }
}

absl::StatusOr<Fold::Record*> Fold::Load(const RecordType& type, const Uuid& id,
                                         eventstore::StreamRevision revision) {
  const RecordId key(type.object->id(), id);
  if (auto found = young_.find(key); found != young_.end()) return found->second.get();
  if (auto found = old_.find(key); found != old_.end()) {
    std::unique_ptr<Record> record = std::move(found->second);
    old_.erase(found);
    return (young_[key] = std::move(record)).get();
  }
  auto record = std::make_unique<Record>();
  record->type = &type;
  record->id = id;
  record->message.reset(type.aggregate->record->New());
  // The first event of a stream has nothing before it.
  if (revision > 1) DAYBOOK_RETURN_IF_ERROR(Read(type, id, record.get()));
  return (young_[key] = std::move(record)).get();
}

absl::Status Fold::Read(const RecordType& type, const Uuid& id, Record* record) {
  DAYBOOK_ASSIGN_OR_RETURN(std::optional<StoredRow> row,
                           store_.Read(0, RecordKey(type.object->id(), id)));
  record->exists = row.has_value();
  if (!record->exists) return absl::OkStatus();
  DAYBOOK_RETURN_IF_ERROR(
      DecodeRecordRow(row->value, record->message.get(), &record->positions, &record->parts));
  if (!options_.emit_records) return absl::OkStatus();
  record->custom = CustomIndexRows(type, *record->message, CustomRows::kPlain);
  if (record->positions.size() != type.indexes.size() + record->custom.size()) {
    return Reject(Reason::REASON_DATA_LOSS, "a record row was written with other indexes");
  }
  record->row = std::move(row->value);
  record->since = row->since;
  IndexValues(type, *record->message, &record->values, &record->ends);
  return absl::OkStatus();
}

void Fold::EndCommit(eventstore::LogPosition at) {
  if (options_.emit_records && views_[0].attached) {
    if (next_.size() < touched_.size()) next_.resize(touched_.size());
    for (size_t i = 0; i < touched_.size(); ++i) {
      if (absl::Status status = PrepareRecord(*touched_[i], at, &next_[i]); !status.ok()) {
        Detach(0, status);
        break;
      }
    }
    if (views_[0].attached) {
      for (size_t i = 0; i < touched_.size(); ++i) WriteRecord(*touched_[i], at, next_[i]);
    }
  } else if (views_[0].attached) {
    for (Record* record : touched_) record->unsaved = true;
  }
  for (Record* record : touched_) record->touched = false;
  touched_.clear();
  for (size_t i = 1; i < views_.size(); ++i) {
    if (views_[i].attached) views_[i].rows->Commit(at);
  }
  position_ = at;
}

void Fold::FailRecords(const absl::Status& error, const eventstore::RecordedEvent& event) {
  Detach(0, AtEvent(error, event));
}

void Fold::FailView(View& view, const absl::Status& error, const eventstore::RecordedEvent& event) {
  view.attached = false;
  view.error = AtEvent(error, event);
  view.stopped_at = position_;
  view.rows->Abort();
}

void Fold::Detach(size_t index, const absl::Status& error) {
  View& failed = views_[index];
  failed.attached = false;
  failed.error = error;
  failed.stopped_at = position_;
  if (failed.rows != nullptr) failed.rows->Abort();
  if (index != 0) return;
  // Without records no view learns what changed.
  for (size_t i = 1; i < views_.size(); ++i) {
    if (!views_[i].attached) continue;
    Detach(i, absl::Status(error.code(), absl::StrCat("records is detached: ", error.message())));
  }
  touched_.clear();
  young_.clear();
  old_.clear();
}

void Fold::Attach(size_t index) {
  View& view = views_[index];
  view.attached = true;
  view.error = absl::OkStatus();
  view.stopped_at = 0;
  if (view.rows != nullptr) view.rows->Clear();
  if (index == 0) {
    young_.clear();
    old_.clear();
  }
}

void Fold::Shrink() {
  if (young_.size() > kCachedRecordsMax / 2) {
    old_ = std::move(young_);
    young_.clear();
  }
  for (size_t i = 1; i < views_.size(); ++i) views_[i].rows->Shrink();
}

void Fold::Spill() {
  for (Records* records : {&young_, &old_}) {
    for (auto& [id, record] : *records) {
      if (!record->unsaved || !record->exists) continue;
      if (record->type->personal_record) PruneParts(*record->message, &record->parts);
      const std::string row = EncodeRecordRow(*record->message, record->positions, record->parts);
      const absl::string_view after = row;
      store_.Write(0, RecordKey(id.first, id.second), position_, nullptr, &after);
    }
    records->clear();
  }
  for (size_t i = 1; i < views_.size(); ++i) views_[i].rows->Clear();
}

}  // namespace daybook::projections
