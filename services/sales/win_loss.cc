// Closed deals by what they have in common, and the deals behind each row.

#include "projections/win_loss.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "daybook/admin/v1/user.pb.h"
#include "daybook/setup/v1/close_reason.pb.h"
#include "domain/base/error.h"
#include "domain/base/status_macros.h"
#include "domain/base/strings.h"
#include "domain/base/time.h"
#include "domain/sales/opportunity_rules.h"
#include "domain/setup/sales_process.h"
#include "projections/key.h"
#include "services/figure_rows.h"
#include "services/record_filters.h"
#include "services/sales/pipeline_analysis.h"
#include "services/sealed_cursor.h"
#include "services/sums.h"

namespace daybook::services {
namespace {

namespace pb = ::daybook::sales::v1;
using projections::Measures;
using projections::WinLossGroup;

constexpr char kDrill[] = "win-loss-drill";

absl::StatusOr<WinLossGroup> GroupOf(pb::WinLossGroup group) {
  switch (group) {
    case pb::WIN_LOSS_GROUP_REASON:
      return WinLossGroup::kReason;
    case pb::WIN_LOSS_GROUP_COMPETITOR:
      return WinLossGroup::kCompetitor;
    case pb::WIN_LOSS_GROUP_STAGE:
      return WinLossGroup::kStage;
    case pb::WIN_LOSS_GROUP_OWNER:
      return WinLossGroup::kOwner;
    case pb::WIN_LOSS_GROUP_STAGE_IN_FORCE:
      return WinLossGroup::kStageOfVersion;
    default:
      return InvalidField("group_by", "name what to group by");
  }
}

const char* FieldOf(WinLossGroup group) {
  switch (group) {
    case WinLossGroup::kReason:
      return "close_reason_id";
    case WinLossGroup::kCompetitor:
      return "competitor";
    case WinLossGroup::kStage:
    case WinLossGroup::kStageOfVersion:
      return "stage";
    case WinLossGroup::kOwner:
      return "owner_id";
    case WinLossGroup::kNone:
      break;
  }
  return "";
}

// What the deals of a key have in common beside their outcome, as a term of a filter.
std::string GroupTerm(WinLossGroup group, const std::string& key) {
  const char* field = FieldOf(group);
  return key.empty() ? absl::StrCat("-", field, ":*") : absl::StrCat(field, " = ", QuotedText(key));
}

// Whether every deal behind a row has the row's key in the field of its group: the deals are then
// looked for by it. A deal won in part gives to the rows of all reasons of what was lost, and names
// of stages are translated.
bool AllOfKey(WinLossGroup group, pb::OpportunityState outcome) {
  switch (group) {
    case WinLossGroup::kReason:
      return outcome != pb::OPPORTUNITY_STATE_PARTIALLY_WON;
    case WinLossGroup::kCompetitor:
    case WinLossGroup::kStage:
    case WinLossGroup::kOwner:
      return true;
    case WinLossGroup::kStageOfVersion:
    case WinLossGroup::kNone:
      break;
  }
  return false;
}

// Deals of successive versions of a process, closed in a stage of this name.
struct StageSpan {
  std::string process_id, stage;
  uint32_t first = 0, last = 0;  // versions
};

std::string SpanTerm(const StageSpan& span) {
  const std::string versions =
      span.first == span.last
          ? absl::StrCat("process_version = ", span.first)
          : absl::StrCat("process_version >= ", span.first, " AND process_version <= ", span.last);
  return absl::StrCat("(process_id = ", QuotedText(span.process_id), " AND ", versions, " AND ",
                      GroupTerm(WinLossGroup::kStageOfVersion, span.stage), ")");
}

// What the question and the outcome ask of deals.
std::vector<std::string> CommonTerms(const projections::WinLossQuery& query,
                                     pb::OpportunityState outcome) {
  std::vector<std::string> terms = {absl::StrCat("state = ", domain::OpportunityStateName(outcome)),
                                    "archived = false"};
  if (query.period.has_value()) {
    terms.push_back(absl::StrCat("close_date >= ", FormatDay(query.period->from)));
    terms.push_back(absl::StrCat("close_date < ", FormatDay(query.period->until)));
  }
  if (!query.owner_id.empty())
    terms.push_back(absl::StrCat("owner_id = ", QuotedText(query.owner_id)));
  if (!query.process_id.empty()) {
    terms.push_back(absl::StrCat("process_id = ", QuotedText(query.process_id)));
  }
  if (query.process_version != 0) {
    terms.push_back(absl::StrCat("process_version = ", query.process_version));
  }
  return terms;
}

// What people read in place of an id.
absl::StatusOr<std::string> LabelOf(const Query& query, WinLossGroup group,
                                    const std::string& key) {
  const bool reason = group == WinLossGroup::kReason;
  if (key.empty() || (!reason && group != WinLossGroup::kOwner)) return key;
  const char* shown = reason ? "close_reason" : "user";
  if (!query.deps.access.CheckRead(query.principal, shown).ok()) return key;
  const auto& type = *domain::Registry::Get().Find(shown);
  DAYBOOK_ASSIGN_OR_RETURN(const auto record, query.snapshot.GetRecord(type, key));
  if (record == nullptr) return key;
  if (reason) return static_cast<const setup::v1::CloseReason&>(*record).label();
  return static_cast<const admin::v1::User&>(*record).display_name();
}

// Gives every row the name that its stage has in the version in force.
class StageNames {
 public:
  explicit StageNames(const projections::Snapshot& snapshot) : snapshot_(snapshot) {}

  absl::StatusOr<std::string> InForce(const projections::WinLossRow& row) {
    auto& process = processes_[row.process_id];
    if (process == nullptr) {
      const auto& type = *domain::Registry::Get().Find("sales_process");
      DAYBOOK_ASSIGN_OR_RETURN(process, snapshot_.GetRecord(type, row.process_id));
      if (process == nullptr) return row.key;
    }
    const auto stage = domain::StageInForce(static_cast<const setup::v1::SalesProcess&>(*process),
                                            row.process_version, row.key);
    return stage.ok() ? (*stage)->id() : row.key;
  }

 private:
  const projections::Snapshot& snapshot_;
  std::map<std::string, std::unique_ptr<google::protobuf::Message>> processes_;
};

// Rows of one key and outcome as one.
struct JoinedRow {
  Measures sums;
  std::vector<StageSpan> spans;  // kStageOfVersion only: what was joined
};
using RowName = std::pair<std::string, pb::OpportunityState>;
using JoinedRows = std::map<RowName, JoinedRow>;

// Rows of versions one after the other become one span as long as the stage means the same: a
// version without a row between them has no such deals. REQUIRES: rows come in order of versions.
absl::StatusOr<JoinedRows> JoinRows(StageNames& names, WinLossGroup group,
                                    const std::vector<projections::WinLossRow>& rows) {
  JoinedRows joined;
  std::map<std::tuple<std::string, std::string, pb::OpportunityState>, RowName> meant;
  for (const projections::WinLossRow& row : rows) {
    RowName name(row.key, row.outcome);
    if (group != WinLossGroup::kStageOfVersion) {
      joined[name].sums.Add(row.sums, 1);
      continue;
    }
    DAYBOOK_ASSIGN_OR_RETURN(name.first, names.InForce(row));
    JoinedRow& into = joined[name];
    into.sums.Add(row.sums, 1);
    RowName& before = meant[{row.process_id, row.key, row.outcome}];
    const auto span = std::find_if(into.spans.rbegin(), into.spans.rend(), [&](const auto& other) {
      return other.process_id == row.process_id && other.stage == row.key;
    });
    if (before == name && span != into.spans.rend()) {
      span->last = row.process_version;
    } else {
      into.spans.push_back({row.process_id, row.key, row.process_version, row.process_version});
    }
    before = name;
  }
  return joined;
}

// The filter of ListOpportunities that finds the deals of a row; empty where there is none, or none
// within the limits of filters.
std::string DrillFilter(const projections::WinLossQuery& query, const RowName& name,
                        const JoinedRow& row) {
  if (query.group == WinLossGroup::kReason &&
      row.sums.Get(projections::kWinLossDeclinedCount) != 0) {
    return "";
  }
  std::vector<std::string> groups;
  for (const StageSpan& span : row.spans) groups.push_back(SpanTerm(span));
  if (groups.empty()) groups.push_back(GroupTerm(query.group, name.first));
  std::vector<std::string> terms = CommonTerms(query, name.second);
  terms.push_back(groups.size() == 1 ? groups.front()
                                     : absl::StrCat("(", absl::StrJoin(groups, " OR "), ")"));
  std::string filter = absl::StrJoin(terms, " AND ");
  const auto& deals = *domain::Registry::Get().Find("opportunity");
  return domain::ParseFilter(deals, filter, {}).ok() ? filter : "";
}

absl::StatusOr<projections::WinLossQuery> QueryOf(const pb::GetWinLossRequest& request) {
  projections::WinLossQuery which;
  which.owner_id = request.owner_id();
  which.process_id = request.process_id();
  which.process_version = request.process_version();
  if (which.process_version != 0 && which.process_id.empty()) {
    return InvalidField("process_id", "is needed with process_version");
  }
  DAYBOOK_ASSIGN_OR_RETURN(which.group, GroupOf(request.group_by()));
  if (request.has_period_from() || request.has_period_until()) {
    DAYBOOK_ASSIGN_OR_RETURN(which.period, PeriodOf(request.period_from(), request.period_until()));
  }
  return which;
}

// A row of an answer: what was asked, and which row it is.
struct DrillQuestion {
  pb::GetWinLossRequest request;
  RowName name;

  std::string Encode() const {
    pb::GetWinLossRequest bare = request;
    bare.clear_header();
    return projections::Key()
        .Text(bare.SerializeAsString())
        .Text(name.first)
        .U8(static_cast<uint8_t>(name.second))
        .Take();
  }
  // False for bytes that are no question.
  bool Decode(const std::string& bytes) {
    projections::KeyReader reader(bytes);
    std::string bare;
    uint8_t outcome = 0;
    if (!reader.Text(&bare) || !reader.Text(&name.first) || !reader.U8(&outcome)) return false;
    name.second = static_cast<pb::OpportunityState>(outcome);
    return reader.done() && request.ParseFromString(bare);
  }
};

// The figures, which rows and the deals behind them have alike.
template <class Figures>
void FillFigures(const Measures& sums, Figures* out) {
  out->set_count(Saturated(sums.Get(projections::kWinLossCount)));
  out->set_declined_count(Saturated(sums.Get(projections::kWinLossDeclinedCount)));
  AddAmounts(sums, projections::kWinLossActual, out->mutable_actual());
  AddAmounts(sums, projections::kWinLossLost, out->mutable_lost());
  AddAmounts(sums, projections::kWinLossDeclined, out->mutable_declined());
}

// The deals behind a row by id, each with what it gives. They go the way that made the row, one by
// one, so that row and deals cannot disagree. Refused with LIMIT_EXCEEDED beyond kScanBudget deals.
struct BehindRow {
  std::string subject;
  Measures sums;
};
absl::StatusOr<std::map<std::string, BehindRow>> FindBehind(const projections::Snapshot& snapshot,
                                                            const DrillQuestion& question) {
  DAYBOOK_ASSIGN_OR_RETURN(const projections::WinLossQuery which, QueryOf(question.request));
  const auto& type = *domain::Registry::Get().Find("opportunity");
  RecordFilter filter(type, "");
  for (const std::string& term : CommonTerms(which, question.name.second)) {
    DAYBOOK_RETURN_IF_ERROR(filter.Add(term));
  }
  if (AllOfKey(which.group, question.name.second)) {
    DAYBOOK_RETURN_IF_ERROR(filter.Add(GroupTerm(which.group, question.name.first)));
  }
  std::map<std::string, BehindRow> behind;
  StageNames names(snapshot);
  DAYBOOK_RETURN_IF_ERROR(snapshot.VisitRecords(
      type, filter.filter(), [&](const google::protobuf::Message& record) -> absl::Status {
        const auto& deal = static_cast<const pb::Opportunity&>(record);
        DAYBOOK_ASSIGN_OR_RETURN(const auto rows, projections::WinLossOf(deal, which));
        DAYBOOK_ASSIGN_OR_RETURN(const JoinedRows joined, JoinRows(names, which.group, rows));
        const auto row = joined.find(question.name);
        if (row != joined.end()) behind[deal.id()] = {deal.subject(), row->second.sums};
        return absl::OkStatus();
      }));
  return behind;
}

}  // namespace

absl::Status ReadWinLoss(const Query& query, const pb::GetWinLossRequest& request,
                         pb::GetWinLossResponse* response) {
  DAYBOOK_ASSIGN_OR_RETURN(const projections::WinLossQuery which, QueryOf(request));
  DAYBOOK_ASSIGN_OR_RETURN(const auto rows, projections::ReadWinLoss(query.snapshot, which));
  StageNames names(query.snapshot);
  DAYBOOK_ASSIGN_OR_RETURN(const JoinedRows joined, JoinRows(names, which.group, rows));
  DAYBOOK_RETURN_IF_ERROR(CheckFigureRows(query, joined.size()));
  for (const auto& [name, found] : joined) {
    pb::WinLossRow* row = response->add_rows();
    row->set_key(name.first);
    DAYBOOK_ASSIGN_OR_RETURN(*row->mutable_label(), LabelOf(query, which.group, name.first));
    row->set_outcome(domain::OpportunityStateName(name.second));
    FillFigures(found.sums, row);
    row->set_drill_filter(DrillFilter(which, name, found));
    const DrillQuestion question{request, name};
    row->set_drill_token(
        SealCursor(query.deps, kDrill, {query.snapshot.position(), question.Encode(), 0}));
  }
  return absl::OkStatus();
}

absl::Status DrillDownWinLoss(const Query& query, const pb::DrillDownWinLossRequest& request,
                              pb::DrillDownWinLossResponse* response) {
  DAYBOOK_ASSIGN_OR_RETURN(DrillPage page, DrillPageOf(query, kDrill, request));
  DrillQuestion question;
  if (!question.Decode(page.cursor.question)) return OtherVersion();
  DAYBOOK_ASSIGN_OR_RETURN(const auto snapshot, OpenAt(query, page.cursor));
  DAYBOOK_ASSIGN_OR_RETURN(const auto behind, FindBehind(*snapshot, question));
  response->set_deal_count(static_cast<int64_t>(behind.size()));
  const size_t first = std::min<size_t>(page.cursor.offset, behind.size());
  const size_t end = std::min(behind.size(), first + page.size);
  auto at = std::next(behind.begin(), static_cast<std::ptrdiff_t>(first));
  for (size_t i = first; i < end; ++i, ++at) {
    pb::WinLossDeal* deal = response->add_deals();
    deal->set_opportunity_id(at->first);
    deal->set_subject(at->second.subject);
    FillFigures(at->second.sums, deal);
  }
  page.cursor.offset = end;
  if (end < behind.size()) response->set_next_token(SealCursor(query.deps, kDrill, page.cursor));
  return absl::OkStatus();
}

}  // namespace daybook::services
