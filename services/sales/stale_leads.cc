// Leads that nobody cares for (F-047).

#include <algorithm>
#include <map>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "daybook/work/v1/activity.pb.h"
#include "domain/base/error.h"
#include "domain/base/status_macros.h"
#include "domain/base/time.h"
#include "services/custom_fields.h"
#include "services/sales/lead_care.h"
#include "services/sealed_cursor.h"

namespace daybook::services {
namespace {

namespace pb = ::daybook::sales::v1;
using google::protobuf::Message;
using projections::Snapshot;

constexpr char kPurpose[] = "stale-leads";

// Whose leads, idle for more than so many days on a day.
struct Question {
  std::string asked;  // PageQuestion
  std::string owner_id;
  int days = 0;
  absl::CivilDay today;

  std::string Encode() const { return absl::StrCat(asked, "\n", days, "\n", FormatDay(today)); }
};

struct Idle {
  std::string id;
  absl::Time since;
};

// Leads whose activities one walk reads: each of them is held against all.
constexpr size_t kLeadsAtOnce = 256;

// Any of the leads, without going through text, which has fewer terms.
domain::BoundFilter AboutAnyOf(const std::vector<std::string>& lead_ids,
                               const domain::ObjectType& activity) {
  domain::BoundFilter any;
  any.kind = domain::BoundFilter::Kind::kOr;
  for (const std::string& id : lead_ids) {
    domain::BoundFilter& one = any.children.emplace_back();
    one.kind = domain::BoundFilter::Kind::kCompare;
    one.field = activity.Find("lead_id");
    one.value = {domain::FieldKind::kReference, false, id, 0};
  }
  return any;
}

// When an activity about each of the leads was last done; leads without one are not in it.
absl::Status AddLastDone(const Snapshot& snapshot, const std::vector<std::string>& lead_ids,
                         std::map<std::string, absl::Time>* last) {
  const domain::ObjectType& type = *domain::Registry::Get().Find("activity");
  RecordFilter filter(type, "");
  DAYBOOK_RETURN_IF_ERROR(filter.Add("state = DONE"));
  DAYBOOK_RETURN_IF_ERROR(filter.LeaveOutArchived());
  filter.Add(AboutAnyOf(lead_ids, type));
  return snapshot.VisitRecords(type, filter.filter(), [&](const Message& record) {
    const auto& activity = static_cast<const work::v1::Activity&>(record);
    const auto done = FromProto(activity.done_time());
    if (!done.ok()) return absl::OkStatus();
    const auto [at, first] = last->try_emplace(activity.lead_id(), *done);
    if (!first) at->second = std::max(at->second, *done);
    return absl::OkStatus();
  });
}

// Takes away those that somebody talked to lately, and dates the others by when anybody last did.
absl::Status LeaveOutCaredFor(const Snapshot& snapshot, absl::Time before,
                              std::vector<Idle>* idle) {
  std::map<std::string, absl::Time> last;
  for (size_t from = 0; from < idle->size(); from += kLeadsAtOnce) {
    std::vector<std::string> ids;
    for (size_t i = from; i < std::min(idle->size(), from + kLeadsAtOnce); ++i) {
      ids.push_back((*idle)[i].id);
    }
    DAYBOOK_RETURN_IF_ERROR(AddLastDone(snapshot, ids, &last));
  }
  std::vector<Idle> left;
  for (Idle& lead : *idle) {
    const auto done = last.find(lead.id);
    if (done != last.end() && done->second >= before) continue;
    if (done != last.end()) lead.since = std::max(lead.since, done->second);
    left.push_back(std::move(lead));
  }
  *idle = std::move(left);
  return absl::OkStatus();
}

absl::StatusOr<std::vector<Idle>> FindIdle(const Query& query, const Snapshot& snapshot,
                                           const Question& question) {
  const domain::ObjectType& type = *domain::Registry::Get().Find("lead");
  // Idle for more than `days`: since a day before the one that lies so far back.
  const absl::Time before =
      StartOfDay(question.today - question.days, query.deps.engine.GetSettings().zone);
  RecordFilter filter(type, "");
  DAYBOOK_RETURN_IF_ERROR(filter.Add(absl::StrCat(
      "(state = NEW OR state = ASSIGNED OR state = WORKING OR state = GOOD) AND state_time < ",
      FormatInstant(before))));
  DAYBOOK_RETURN_IF_ERROR(filter.LeaveOutArchived());
  if (!question.owner_id.empty()) {
    DAYBOOK_RETURN_IF_ERROR(filter.Add(absl::StrCat("owner_id = \"", question.owner_id, "\"")));
  }
  std::vector<Idle> idle;
  size_t seen = 0;
  const size_t most = query.deps.limits.stale_leads;
  DAYBOOK_RETURN_IF_ERROR(
      snapshot.VisitRecords(type, filter.filter(), [&](const Message& record) -> absl::Status {
        if (++seen > most) {
          return Reject(rpc::v1::REASON_LIMIT_EXCEEDED,
                        absl::StrCat("more than ", most, " leads may be stale; name an owner"),
                        {{"limit", absl::StrCat(most)}});
        }
        const auto& lead = static_cast<const pb::Lead&>(record);
        DAYBOOK_ASSIGN_OR_RETURN(const absl::Time entered, FromProto(lead.state_time()));
        idle.push_back({lead.id(), entered});
        return absl::OkStatus();
      }));
  DAYBOOK_RETURN_IF_ERROR(LeaveOutCaredFor(snapshot, before, &idle));
  std::sort(idle.begin(), idle.end(), [](const Idle& a, const Idle& b) {
    return std::tie(a.since, a.id) < std::tie(b.since, b.id);
  });
  return idle;
}

}  // namespace

absl::Status ReadStaleLeads(const Query& query, const pb::ListStaleLeadsRequest& request,
                            pb::ListStaleLeadsResponse* response) {
  DAYBOOK_RETURN_IF_ERROR(query.deps.access.CheckRead(query.principal, "lead"));
  DAYBOOK_RETURN_IF_ERROR(query.deps.access.CheckRead(query.principal, "activity"));
  if (request.page_size() < 0 || request.page_size() > projections::kPageSizeMax) {
    return InvalidField("page_size", absl::StrCat("must be from 1 to ", projections::kPageSizeMax));
  }
  const absl::TimeZone zone = query.deps.engine.GetSettings().zone;
  const absl::Time now =
      query.snapshot.is_past() ? query.snapshot.recorded_at() : query.deps.clock.Now();
  Question question{PageQuestion(query, request), request.owner_id(),
                    request.days() == 0 ? kStaleDays : request.days(), absl::ToCivilDay(now, zone)};
  SealedCursor cursor{query.snapshot.position(), "", 0};
  if (!request.page_token().empty()) {
    DAYBOOK_ASSIGN_OR_RETURN(cursor, OpenCursor(query.deps, kPurpose, request.page_token()));
    const std::vector<std::string> parts = absl::StrSplit(cursor.question, '\n');
    const auto day = ParseDay(parts.back());
    if (day.ok()) question.today = *day;
    if (question.Encode() != cursor.question) {
      return Reject(rpc::v1::REASON_INVALID_PAGE_TOKEN,
                    "the token belongs to another question; ask it again");
    }
  }
  cursor.question = question.Encode();
  DAYBOOK_ASSIGN_OR_RETURN(const auto snapshot, OpenAt(query, cursor));
  DAYBOOK_ASSIGN_OR_RETURN(const auto idle, FindIdle(query, *snapshot, question));
  response->set_count(static_cast<int64_t>(idle.size()));
  const auto page_size = static_cast<size_t>(
      request.page_size() == 0 ? projections::kPageSizeDefault : request.page_size());
  const size_t first = std::min<size_t>(cursor.offset, idle.size());
  const size_t end = std::min(idle.size(), first + page_size);
  std::vector<std::string> ids;
  for (size_t i = first; i < end; ++i) ids.push_back(idle[i].id);
  DAYBOOK_ASSIGN_OR_RETURN(const auto leads,
                           snapshot->GetRecords(*domain::Registry::Get().Find("lead"), ids));
  for (size_t i = 0; i < leads.size(); ++i) {
    if (leads[i] == nullptr) continue;
    pb::StaleLead* stale = response->add_leads();
    *stale->mutable_lead() = static_cast<const pb::Lead&>(*leads[i]);
    query.deps.custom_fields.HideRetiredIn(stale->mutable_lead());
    const absl::Time since = idle[first + i].since;
    *stale->mutable_idle_since() = ToProto(since);
    stale->set_idle_days(static_cast<int32_t>(question.today - absl::ToCivilDay(since, zone)));
  }
  cursor.offset = end;
  if (end < idle.size()) {
    response->set_next_page_token(SealCursor(query.deps, kPurpose, cursor));
  }
  return absl::OkStatus();
}

}  // namespace daybook::services
