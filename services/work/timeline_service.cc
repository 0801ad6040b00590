#include <algorithm>
#include <map>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "daybook/work/v1/timeline_service.grpc.pb.h"
#include "domain/base/error.h"
#include "domain/base/status_macros.h"
#include "domain/base/strings.h"
#include "domain/base/time.h"
#include "google/protobuf/field_mask.pb.h"
#include "projections/timeline.h"
#include "services/custom_fields.h"
#include "services/registry.h"
#include "services/rpc.h"
#include "services/sealed_cursor.h"
#include "services/work/leads_behind.h"

namespace daybook::services {
namespace {

namespace pb = ::daybook::work::v1;
using eventstore::LogPosition;
using eventstore::RecordedEvent;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

constexpr char kPurpose[] = "timeline";
constexpr int kPageDefault = 50;
constexpr int kPageMax = 200;
// Events that one page may look at when a selection passes over most.
constexpr size_t kLookedAtMax = 5000;

// "stage_changed" is "stage changed".
std::string Words(absl::string_view name) { return absl::StrReplaceAll(name, {{"_", " "}}); }

std::string ShortValue(const Message& message, const FieldDescriptor& field) {
  const auto* r = message.GetReflection();
  if (field.cpp_type() == FieldDescriptor::CPPTYPE_ENUM) {
    return Words(absl::AsciiStrToLower(
        domain::EnumValueName(*field.enum_type(), r->GetEnumValue(message, &field))));
  }
  return field.cpp_type() == FieldDescriptor::CPPTYPE_STRING ? r->GetString(message, &field) : "";
}

// What an event says beside its name: the fields of an update, or from what to what.
std::string Details(const RecordedEvent& recorded, const Message& payload, const Deps& deps) {
  const auto* type = payload.GetDescriptor();
  const auto* fields = type->FindFieldByName("fields");
  const auto read = deps.custom_fields.Of(recorded.stream.aggregate);
  const auto object = read.ok() ? read->type : nullptr;
  if (fields != nullptr && object != nullptr &&
      fields->message_type() == google::protobuf::FieldMask::descriptor()) {
    const auto& mask = static_cast<const google::protobuf::FieldMask&>(
        payload.GetReflection()->GetMessage(payload, fields));
    std::vector<std::string> labels;
    for (const std::string& path : mask.paths()) {
      const domain::Field* field = object->Find(path);
      labels.push_back(field == nullptr ? path : absl::AsciiStrToLower(field->label));
    }
    return absl::StrJoin(labels, ", ");
  }
  const auto* from = type->FindFieldByName("from");
  const auto* to = type->FindFieldByName("to");
  if (from == nullptr || to == nullptr || from->is_repeated() || to->is_repeated()) return "";
  const std::string was = ShortValue(payload, *from);
  const std::string is = ShortValue(payload, *to);
  return is.empty() ? "" : absl::StrCat(was.empty() ? "none" : was, " to ", is);
}

// What the record is, for people: an activity is a call or a meeting.
std::string NounOf(const std::string& aggregate, const Message* record) {
  if (aggregate != "activity" || record == nullptr) return Words(aggregate);
  return ShortValue(*record, *record->GetDescriptor()->FindFieldByName("kind"));
}

// "Opportunity stage changed: prospect to offer".
std::string SummaryOf(const RecordedEvent& recorded, const Message& event, std::string summary,
                      const Deps& deps) {
  const auto dot = recorded.type.find('.');
  if (dot != std::string::npos)
    absl::StrAppend(&summary, " ", Words(recorded.type.substr(dot + 1)));
  summary[0] = absl::ascii_toupper(static_cast<unsigned char>(summary[0]));
  const FieldDescriptor* member = domain::EventMember(event);
  if (member == nullptr) return summary;
  const std::string details =
      Details(recorded, event.GetReflection()->GetMessage(event, member), deps);
  return details.empty() ? summary : absl::StrCat(summary, ": ", details);
}

// One page. The record's own events come from its stream, those of others from the view; both are
// read backwards and merged by position, with those of the leads that became the record.
class Page {
 public:
  Page(const Query& query, const pb::GetTimelineRequest& request, pb::GetTimelineResponse* response)
      : query_(query), request_(request), response_(response) {}

  absl::Status Read() {
    if (request_.page_size() < 0 || request_.page_size() > kPageMax) {
      return InvalidField("page_size", absl::StrCat("must be from 0 to ", kPageMax));
    }
    page_size_ =
        static_cast<size_t>(request_.page_size() == 0 ? kPageDefault : request_.page_size());
    DAYBOOK_RETURN_IF_ERROR(CheckSelection());
    // The same answer for "not there" as for "not yours".
    DAYBOOK_RETURN_IF_ERROR(ReadRecord(query_, request_.aggregate(), request_.id(), {}).status());
    before_ = query_.snapshot.position() + 1;
    if (!request_.page_token().empty()) {
      DAYBOOK_ASSIGN_OR_RETURN(before_, OpenToken());
    }
    DAYBOOK_RETURN_IF_ERROR(Collect(request_.aggregate(), request_.id()));
    DAYBOOK_ASSIGN_OR_RETURN(const auto leads,
                             LeadsBehind(query_, request_.aggregate(), request_.id()));
    for (const std::string& lead : leads) DAYBOOK_RETURN_IF_ERROR(Collect("lead", lead));
    return Fill();
  }

 private:
  absl::Status CheckSelection() {
    for (int i = 0; i < request_.aggregates_size(); ++i) {
      const std::string& name = request_.aggregates(i);
      if (domain::FindAggregate(name) == nullptr) {
        return InvalidField(absl::StrCat("aggregates[", i, "]"),
                            absl::StrCat("there is no record type '", name, "'"));
      }
      selected_.insert(name);
    }
    return absl::OkStatus();
  }

  bool IsSelected(const std::string& aggregate) const {
    return selected_.empty() || selected_.contains(aggregate);
  }

  absl::StatusOr<LogPosition> OpenToken() {
    DAYBOOK_ASSIGN_OR_RETURN(const SealedCursor cursor, OpenPage(query_, kPurpose, request_));
    // The views may have been put back to an earlier state meanwhile.
    return std::min(cursor.position, before_);
  }

  // The number of events in the stream below `before_`, by halving.
  absl::StatusOr<uint64_t> RevisionBelow(const eventstore::StreamId& stream) {
    DAYBOOK_ASSIGN_OR_RETURN(uint64_t high, query_.deps.store.StreamHead(stream));
    uint64_t low = 0;
    while (low < high) {
      const uint64_t middle = low + (high - low + 1) / 2;
      LogPosition position = 0;
      DAYBOOK_RETURN_IF_ERROR(
          query_.deps.store.ReadStream(stream, middle - 1, 1, [&](const RecordedEvent& event) {
            position = event.position;
            return false;
          }));
      if (position < before_) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    return low;
  }

  absl::Status Collect(const std::string& aggregate, const std::string& id) {
    DAYBOOK_RETURN_IF_ERROR(CollectOwn({aggregate, *Uuid::Parse(id)}));
    return CollectOthers(id);
  }

  // The last events of the record itself, one more than a page.
  absl::Status CollectOwn(const eventstore::StreamId& stream) {
    if (!IsSelected(stream.aggregate)) return absl::OkStatus();
    DAYBOOK_ASSIGN_OR_RETURN(const uint64_t last, RevisionBelow(stream));
    const uint64_t first = last > page_size_ + 1 ? last - page_size_ - 1 : 0;
    return query_.deps.store.ReadStream(stream, first, last - first,
                                        [&](const RecordedEvent& event) {
                                          events_.emplace(event.position, event);
                                          return true;
                                        });
  }

  // And of others.
  absl::Status CollectOthers(absl::string_view id) {
    size_t found = 0;
    size_t looked_at = 0;
    absl::Status failure;
    DAYBOOK_RETURN_IF_ERROR(
        projections::ScanTimeline(query_.snapshot, id, before_, [&](LogPosition position) {
          auto event = query_.deps.store.ReadEvent(position);
          if (!event.ok()) {
            failure = event.status();
            return false;
          }
          if (IsSelected(event->stream.aggregate)) {
            events_.emplace(position, *std::move(event));
            ++found;
          }
          if (++looked_at == kLookedAtMax) looked_to_ = std::max(looked_to_, position);
          return found <= page_size_ && looked_at < kLookedAtMax;
        }));
    return failure;
  }

  absl::Status Fill() {
    size_t entries = 0;
    LogPosition last = before_;
    bool more = looked_to_ > 0;
    for (auto it = events_.rbegin(); it != events_.rend(); ++it) {
      // Below where the view was looked at there may be more of others in between.
      if (entries == page_size_ || it->first < looked_to_) {
        more = true;
        break;
      }
      DAYBOOK_RETURN_IF_ERROR(Describe(it->second));
      last = it->first;
      ++entries;
    }
    if (entries < page_size_ && looked_to_ > 0) last = looked_to_;
    if (more) {
      response_->set_next_page_token(SealPage(query_, kPurpose, request_, last, 0));
    }
    return absl::OkStatus();
  }

  absl::Status Describe(const RecordedEvent& recorded) {
    DAYBOOK_RETURN_IF_ERROR(
        query_.deps.access.CheckRead(query_.principal, recorded.stream.aggregate));
    DAYBOOK_ASSIGN_OR_RETURN(const auto event,
                             projections::DecodeOpened(recorded, query_.deps.keys));
    pb::TimelineEntry* entry = response_->add_entries();
    entry->set_position(recorded.position);
    *entry->mutable_recorded_at() = ToProto(recorded.recorded_at);
    *entry->mutable_effective_at() = ToProto(recorded.effective_at);
    entry->set_actor(recorded.actor.ToString());
    entry->set_type(recorded.type);
    DAYBOOK_ASSIGN_OR_RETURN(const Named* named, NameOf(recorded.stream));
    entry->set_summary(SummaryOf(recorded, *event, named->noun, query_.deps));
    entry->set_title(named->title);
    entry->set_stream(recorded.stream.ToString());
    return absl::OkStatus();
  }

  struct Named {
    std::string noun;
    std::string title;
  };

  // Each record once.
  absl::StatusOr<const Named*> NameOf(const eventstore::StreamId& stream) {
    const auto [it, added] = names_.try_emplace(stream.ToString());
    Named& named = it->second;
    if (!added) return &named;
    const domain::ObjectType* type = domain::Registry::Get().Find(stream.aggregate);
    if (type == nullptr) {
      named.noun = Words(stream.aggregate);
      return &named;
    }
    DAYBOOK_ASSIGN_OR_RETURN(const auto record,
                             query_.snapshot.GetRecord(*type, stream.id.ToString()));
    named.noun = NounOf(stream.aggregate, record.get());
    if (record != nullptr && !type->title().empty()) {
      named.title = domain::FormatValue(*record, *type->Find(type->title()));
    }
    return &named;
  }

  const Query& query_;
  const pb::GetTimelineRequest& request_;
  pb::GetTimelineResponse* response_;
  size_t page_size_ = 0;
  LogPosition before_ = 0;
  LogPosition looked_to_ = 0;  // 0: the view was read to its end, or beyond the page
  std::set<std::string> selected_;
  std::map<LogPosition, RecordedEvent> events_;
  std::map<std::string, Named> names_;
};

class Service final : public pb::TimelineService::CallbackService {
 public:
  explicit Service(const Deps& deps) : deps_(deps) {}

  Reactor* GetTimeline(Rpc* rpc, const pb::GetTimelineRequest* request,
                       pb::GetTimelineResponse* response) override {
    return ServeQuery(
        rpc, deps_, *request, response, QueryCost::kHeavy,
        [request, response](const Query& query) { return Page(query, *request, response).Read(); });
  }

 private:
  const Deps& deps_;
};

}  // namespace

std::unique_ptr<grpc::Service> NewTimelineService(const Deps& deps) {
  return std::make_unique<Service>(deps);
}

}  // namespace daybook::services
