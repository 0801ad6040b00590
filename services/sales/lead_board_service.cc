#include <algorithm>
#include <map>

#include "daybook/sales/v1/lead_board_service.grpc.pb.h"
#include "domain/base/error.h"
#include "domain/base/money.h"
#include "domain/base/status_macros.h"
#include "domain/base/time.h"
#include "projections/lead_board.h"
#include "projections/lead_stays.h"
#include "services/answer_page.h"
#include "services/figure_rows.h"
#include "services/registry.h"
#include "services/rpc.h"
#include "services/sales/lead_care.h"

namespace daybook::services {
namespace {

namespace pb = ::daybook::sales::v1;
using projections::LeadBoardRow;
using projections::Measures;

// Counts and sums of scores stay far below 2^63: a lead counts once, a score is 32 bits.
int64_t Count(const Measures& sums, uint8_t measure) {
  return static_cast<int64_t>(sums.Get(measure));
}

absl::StatusOr<std::vector<LeadBoardRow>> ReadRows(const Query& query,
                                                   const pb::GetLeadBoardRequest& request) {
  if (!request.owner_id().empty()) {
    return projections::ReadLeadBoardOf(query.snapshot, request.owner_id());
  }
  if (request.grouping() == pb::LEAD_GROUPING_OWNER) {
    return projections::ReadLeadBoardByOwner(query.snapshot);
  }
  return projections::ReadLeadBoard(query.snapshot);
}

// Counts by what the leads of a column are told apart by.
using Groups = std::map<std::string, int64_t>;

void AddGroups(const Groups& groups, pb::LeadGrouping grouping, pb::LeadColumn* column) {
  std::vector<std::pair<std::string, int64_t>> sorted(groups.begin(), groups.end());
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  for (const auto& [name, count] : sorted) {
    pb::LeadGroup* group = column->add_groups();
    if (grouping == pb::LEAD_GROUPING_OWNER) {
      group->set_owner_id(name);
    } else {
      group->set_source(name);
    }
    group->set_count(count);
  }
}

absl::Status GetBoard(const Query& query, const pb::GetLeadBoardRequest& request,
                      pb::GetLeadBoardResponse* response) {
  DAYBOOK_RETURN_IF_ERROR(query.deps.access.CheckRead(query.principal, "lead"));
  DAYBOOK_ASSIGN_OR_RETURN(const auto rows, ReadRows(query, request));
  std::map<int, Measures> sums;
  std::map<int, Groups> groups;
  for (const LeadBoardRow& row : rows) {
    if (!request.source().empty() && row.source != request.source()) continue;
    sums[row.state].Add(row.sums, 1);
    const bool by_owner = request.grouping() == pb::LEAD_GROUPING_OWNER;
    groups[row.state][by_owner ? row.owner_id : row.source] +=
        Count(row.sums, projections::kLeadCount);
  }
  size_t shown = 0;
  if (request.grouping() != pb::LEAD_GROUPING_UNSPECIFIED) {
    for (const auto& [state, of_state] : groups) shown += of_state.size();
  }
  DAYBOOK_RETURN_IF_ERROR(CheckFigureRows(query, shown));
  for (int state = pb::LEAD_STATE_NEW; state <= pb::LeadState_MAX; ++state) {
    pb::LeadColumn* column = response->add_columns();
    column->set_state(static_cast<pb::LeadState>(state));
    column->set_count(Count(sums[state], projections::kLeadCount));
    column->set_scored(Count(sums[state], projections::kLeadScored));
    column->set_score_sum(Count(sums[state], projections::kLeadScoreSum));
    if (request.grouping() != pb::LEAD_GROUPING_UNSPECIFIED) {
      AddGroups(groups[state], request.grouping(), column);
    }
    response->set_count(response->count() + column->count());
  }
  return absl::OkStatus();
}

constexpr int64_t kMicros = 1'000'000;

void Fill(const projections::LeadFigureSums& figures, pb::LeadFigures* out) {
  out->set_owner_id(figures.owner_id);
  const Measures& sums = figures.sums;
  const int64_t leads = Count(sums, projections::kLeadsHad);
  const int64_t qualified = Count(sums, projections::kLeadsQualified);
  const int64_t converted = Count(sums, projections::kLeadsConverted);
  const int64_t had = Count(sums, projections::kConvertedHad);
  const absl::int128 qualification = sums.Get(projections::kQualificationMicros);
  const absl::int128 lead = sums.Get(projections::kLeadMicros);
  out->set_leads(leads);
  out->set_qualified(qualified);
  out->set_qualification_seconds(static_cast<int64_t>(qualification / kMicros));
  if (qualified > 0) {
    out->set_mean_qualification_seconds(
        static_cast<int64_t>(DivideHalfEven(qualification, absl::int128(qualified) * kMicros)));
  }
  out->set_converted(converted);
  out->set_converted_had(had);
  out->set_lead_seconds(static_cast<int64_t>(lead / kMicros));
  if (had > 0) {
    out->set_mean_lead_seconds(
        static_cast<int64_t>(DivideHalfEven(lead, absl::int128(had) * kMicros)));
  }
  if (leads > 0) {
    out->set_conversion_rate(
        static_cast<int64_t>(DivideHalfEven(absl::int128(converted) * kNano, leads)));
  }
  out->set_bad(Count(sums, projections::kLeadsBad));
  for (const projections::LeadStateSums& state : figures.states) {
    pb::LeadStateDuration* duration = out->add_states();
    duration->set_state(state.state);
    duration->set_stays(Count(state.sums, projections::kLeadStaysEnded));
    duration->set_total_seconds(
        static_cast<int64_t>(state.sums.Get(projections::kLeadStayMicros) / kMicros));
    duration->set_open(Count(state.sums, projections::kLeadStaysOpen));
  }
}

// Of the leads captured in a period.
absl::Status GetCohort(const Query& query, const pb::GetLeadAnalysisRequest& request,
                       const DayPeriod& period, pb::GetLeadAnalysisResponse* response) {
  DAYBOOK_ASSIGN_OR_RETURN(const LeadCohort cohort, ReadLeadCohort(query, period));
  DAYBOOK_RETURN_IF_ERROR(CheckFigureRows(query, cohort.owners.size()));
  const bool one = !request.owner_id().empty();
  for (const projections::LeadFigureSums& owner : cohort.owners) {
    if (!one || owner.owner_id == request.owner_id()) Fill(owner, response->add_reps());
  }
  if (!one) {
    Fill(cohort.all, response->mutable_all());
  } else if (response->reps().empty()) {
    response->add_reps()->set_owner_id(request.owner_id());
  }
  return absl::OkStatus();
}

absl::Status GetAnalysis(const Query& query, const pb::GetLeadAnalysisRequest& request,
                         pb::GetLeadAnalysisResponse* response) {
  DAYBOOK_RETURN_IF_ERROR(query.deps.access.CheckRead(query.principal, "lead"));
  DAYBOOK_ASSIGN_OR_RETURN(
      const auto period,
      OptionalPeriod(request.has_period_from(), request.period_from(), request.has_period_until(),
                     request.period_until(), kLeadPeriodDaysMax));
  if (period.has_value()) return GetCohort(query, request, *period, response);
  if (!request.owner_id().empty()) {
    DAYBOOK_ASSIGN_OR_RETURN(const auto one,
                             projections::ReadLeadFiguresOf(query.snapshot, request.owner_id()));
    Fill(one, response->add_reps());
    return absl::OkStatus();
  }
  DAYBOOK_ASSIGN_OR_RETURN(const auto owners, projections::ReadLeadFiguresByOwner(query.snapshot));
  DAYBOOK_RETURN_IF_ERROR(CheckFigureRows(query, owners.size()));
  for (const projections::LeadFigureSums& owner : owners) Fill(owner, response->add_reps());
  DAYBOOK_ASSIGN_OR_RETURN(const auto all, projections::ReadLeadFigures(query.snapshot));
  Fill(all, response->mutable_all());
  return absl::OkStatus();
}

absl::Status ListStays(const Query& query, const pb::ListLeadStaysRequest& request,
                       pb::ListLeadStaysResponse* response) {
  DAYBOOK_ASSIGN_OR_RETURN(const AnswerPage page, AnswerPage::Open(query, "lead-stays", request));
  DAYBOOK_RETURN_IF_ERROR(ReadRecord(page.at(), "lead", request.lead_id(), {}).status());
  DAYBOOK_ASSIGN_OR_RETURN(const auto stays,
                           projections::ReadLeadStays(page.at().snapshot, request.lead_id()));
  const auto [first, end] = page.Part(stays.size());
  page.Finish(stays.size(), response);
  for (size_t i = first; i < end; ++i) {
    const projections::LeadStay& stay = stays[i];
    pb::LeadStay* out = response->add_stays();
    out->set_state(stay.state);
    out->set_owner_id(stay.owner_id);
    *out->mutable_entered_at() = ToProto(stay.entered_at);
    if (stay.left_at.has_value()) *out->mutable_left_at() = ToProto(*stay.left_at);
    out->set_position(stay.position);
  }
  return absl::OkStatus();
}

class Service final : public pb::LeadBoardService::CallbackService {
 public:
  explicit Service(const Deps& deps) : deps_(deps) {}

  Reactor* GetLeadBoard(Rpc* rpc, const pb::GetLeadBoardRequest* request,
                        pb::GetLeadBoardResponse* response) override {
    return ServeQuery(
        rpc, deps_, *request, response, QueryCost::kHeavy,
        [request, response](const Query& query) { return GetBoard(query, *request, response); });
  }
  Reactor* GetLeadAnalysis(Rpc* rpc, const pb::GetLeadAnalysisRequest* request,
                           pb::GetLeadAnalysisResponse* response) override {
    return ServeQuery(
        rpc, deps_, *request, response, QueryCost::kHeavy,
        [request, response](const Query& query) { return GetAnalysis(query, *request, response); });
  }
  Reactor* ListStaleLeads(Rpc* rpc, const pb::ListStaleLeadsRequest* request,
                          pb::ListStaleLeadsResponse* response) override {
    return ServeQuery(rpc, deps_, *request, response, QueryCost::kHeavy,
                      [request, response](const Query& query) {
                        return ReadStaleLeads(query, *request, response);
                      });
  }
  Reactor* FindLeadDuplicates(Rpc* rpc, const pb::FindLeadDuplicatesRequest* request,
                              pb::FindLeadDuplicatesResponse* response) override {
    return ServeQuery(rpc, deps_, *request, response, QueryCost::kHeavy,
                      [request, response](const Query& query) {
                        return ReadLeadDuplicates(query, *request, response);
                      });
  }
  Reactor* ListLeadStays(Rpc* rpc, const pb::ListLeadStaysRequest* request,
                         pb::ListLeadStaysResponse* response) override {
    return ServeQuery(
        rpc, deps_, *request, response, QueryCost::kHeavy,
        [request, response](const Query& query) { return ListStays(query, *request, response); });
  }

 private:
  const Deps& deps_;
};

}  // namespace

std::unique_ptr<grpc::Service> NewLeadBoardService(const Deps& deps) {
  return std::make_unique<Service>(deps);
}

}  // namespace daybook::services
