#include <algorithm>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "daybook/work/v1/worklist_service.grpc.pb.h"
#include "domain/base/error.h"
#include "domain/base/status_macros.h"
#include "domain/base/time.h"
#include "projections/last_contact.h"
#include "services/registry.h"
#include "services/rpc.h"
#include "services/work/leads_behind.h"

namespace daybook::services {
namespace {

namespace pb = ::daybook::work::v1;

constexpr int kTodoMax = 1000;
// The days that dates can have.
constexpr absl::CivilDay kFirstDay(1900, 1, 1);
constexpr absl::CivilDay kLastDay(2200, 12, 31);

// When the question is asked: now, or the moment that as_of names.
absl::Time MomentOf(const Query& query) {
  return query.snapshot.is_past() ? query.snapshot.recorded_at() : query.deps.clock.Now();
}

absl::StatusOr<absl::TimeZone> ZoneOf(const Query& query, const std::string& name) {
  if (name.empty()) return query.deps.engine.GetSettings().zone;
  const auto zone = LoadZone(name);
  if (!zone.ok()) return InvalidField("zone", zone.status().message());
  return *zone;
}

// The plan: what is due on a day of the organisation's zone is found by an index; in another zone a
// timed activity may have the day before or after, so a day more is read at each end.
class Todo {
 public:
  Todo(const Query& query, const pb::ListTodoRequest& request, pb::ListTodoResponse* response)
      : query_(query), request_(request), response_(response), now_(MomentOf(query)) {}

  absl::Status Read() {
    DAYBOOK_RETURN_IF_ERROR(ReadRecord(query_, "user", request_.user_id(), {}).status());
    DAYBOOK_ASSIGN_OR_RETURN(zone_, ZoneOf(query_, request_.zone()));
    if (request_.has_from()) {
      DAYBOOK_ASSIGN_OR_RETURN(from_, FromProto(request_.from()));
    }
    if (request_.has_to()) {
      DAYBOOK_ASSIGN_OR_RETURN(to_, FromProto(request_.to()));
    }
    if (from_ > to_) return InvalidField("to", "is before from");
    const std::string filter = Filter();
    ListArguments arguments;
    arguments.aggregate = "activity";
    arguments.filter = filter;
    arguments.order_by = "due_on, due_time";
    arguments.page_size = kTodoMax;
    DAYBOOK_ASSIGN_OR_RETURN(const auto page, ReadList(query_, arguments));
    response_->set_truncated(!page.next_page_token.empty());
    for (const std::string& bytes : page.serialized) {
      DAYBOOK_RETURN_IF_ERROR(Add(bytes));
    }
    Sort();
    return absl::OkStatus();
  }

 private:
  bool Unscheduled() const { return request_.scope() == pb::TODO_SCOPE_UNSCHEDULED; }

  std::string Filter() const {
    const bool delegated = request_.scope() == pb::TODO_SCOPE_DELEGATED;
    std::string filter =
        absl::StrCat(delegated ? "created_by" : "assignee_id", " = \"", request_.user_id(),
                     "\" AND state = PLANNED AND archived = false");
    if (delegated) absl::StrAppend(&filter, " AND assignee_id != \"", request_.user_id(), "\"");
    if (request_.kind() != pb::ACTIVITY_KIND_UNSPECIFIED) {
      absl::StrAppend(&filter, " AND kind = ", KindName());
    }
    if (Unscheduled()) return absl::StrCat(filter, " AND NOT due_on:*");
    absl::StrAppend(&filter, " AND due_on:*");
    if (from_ > kFirstDay) absl::StrAppend(&filter, " AND due_on >= ", FormatDay(from_ - 1));
    if (to_ < kLastDay) absl::StrAppend(&filter, " AND due_on <= ", FormatDay(to_ + 1));
    return filter;
  }

  std::string KindName() const {
    const std::string name = pb::ActivityKind_Name(request_.kind());
    return name.substr(sizeof("ACTIVITY_KIND_") - 1);
  }

  absl::Status Add(const std::string& bytes) {
    pb::TodoItem item;
    pb::Activity& activity = *item.mutable_activity();
    if (!activity.ParseFromString(bytes)) {
      return Reject(rpc::v1::REASON_DATA_LOSS, "an activity cannot be read");
    }
    if (!Unscheduled()) {
      absl::CivilDay day;
      if (activity.has_due_time()) {
        DAYBOOK_ASSIGN_OR_RETURN(const absl::Time begin, FromProto(activity.due_time()));
        day = absl::ToCivilDay(begin, zone_);
        item.set_overdue(begin < now_);
      } else {
        DAYBOOK_ASSIGN_OR_RETURN(day, FromProto(activity.due_date()));
        item.set_overdue(day < absl::ToCivilDay(now_, zone_));
      }
      if (day < from_ || day > to_) return absl::OkStatus();
      *item.mutable_day() = ToProto(day);
    }
    if (item.overdue()) response_->set_overdue_count(response_->overdue_count() + 1);
    *response_->add_items() = std::move(item);
    return absl::OkStatus();
  }

  void Sort() {
    const auto key = [](const pb::TodoItem& item) {
      const pb::Activity& activity = item.activity();
      return std::make_tuple(item.day().year(), item.day().month(), item.day().day(),
                             activity.has_due_time() ? activity.due_time().seconds() : INT64_MIN);
    };
    std::stable_sort(response_->mutable_items()->begin(), response_->mutable_items()->end(),
                     [&](const pb::TodoItem& a, const pb::TodoItem& b) { return key(a) < key(b); });
  }

  const Query& query_;
  const pb::ListTodoRequest& request_;
  pb::ListTodoResponse* response_;
  const absl::Time now_;
  absl::TimeZone zone_;
  absl::CivilDay from_ = kFirstDay;
  absl::CivilDay to_ = kLastDay;
};

absl::Status LastContactOf(const Query& query, const pb::GetLastContactRequest& request,
                           pb::GetLastContactResponse* response) {
  const std::pair<absl::string_view, const std::string&> asked[] = {
      {"account", request.account_id()},
      {"contact", request.contact_id()},
      {"lead", request.lead_id()}};
  std::string aggregate, id;
  for (const auto& [name, value] : asked) {
    if (value.empty()) continue;
    if (!id.empty()) return InvalidField("account_id", "name one record, not several");
    aggregate = std::string(name);
    id = value;
  }
  if (id.empty()) return InvalidField("account_id", "name an account, a contact or a lead");
  DAYBOOK_RETURN_IF_ERROR(ReadRecord(query, aggregate, id, {}).status());
  DAYBOOK_RETURN_IF_ERROR(query.deps.access.CheckRead(query.principal, "activity"));
  DAYBOOK_ASSIGN_OR_RETURN(const absl::TimeZone zone, ZoneOf(query, request.zone()));
  DAYBOOK_ASSIGN_OR_RETURN(auto last, projections::ReadLastContact(query.snapshot, id));
  DAYBOOK_ASSIGN_OR_RETURN(const auto leads, LeadsBehind(query, aggregate, id));
  for (const std::string& lead : leads) {
    DAYBOOK_ASSIGN_OR_RETURN(auto other, projections::ReadLastContact(query.snapshot, lead));
    if (other.has_value() && (!last.has_value() || other->at > last->at)) last = std::move(other);
  }
  if (!last.has_value()) return absl::OkStatus();
  const absl::CivilDay day = absl::ToCivilDay(last->at, zone);
  *response->mutable_last_contact_at() = ToProto(last->at);
  *response->mutable_last_contact_on() = ToProto(day);
  response->set_activity_id(last->activity_id);
  response->set_days_since(static_cast<int32_t>(absl::ToCivilDay(MomentOf(query), zone) - day));
  return absl::OkStatus();
}

class Service final : public pb::WorklistService::CallbackService {
 public:
  explicit Service(const Deps& deps) : deps_(deps) {}

  Reactor* ListTodo(Rpc* rpc, const pb::ListTodoRequest* request,
                    pb::ListTodoResponse* response) override {
    return ServeQuery(
        rpc, deps_, *request, response, QueryCost::kHeavy,
        [request, response](const Query& query) { return Todo(query, *request, response).Read(); });
  }
  Reactor* GetLastContact(Rpc* rpc, const pb::GetLastContactRequest* request,
                          pb::GetLastContactResponse* response) override {
    return ServeQuery(rpc, deps_, *request, response, QueryCost::kLight,
                      [request, response](const Query& query) {
                        return LastContactOf(query, *request, response);
                      });
  }

 private:
  const Deps& deps_;
};

}  // namespace

std::unique_ptr<grpc::Service> NewWorklistService(const Deps& deps) {
  return std::make_unique<Service>(deps);
}

}  // namespace daybook::services
