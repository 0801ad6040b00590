// What became of the leads captured in a period: their stays, folded once more. The view sums over
// all leads; which of them belong to a period depends on the organisation's zone, so that is told
// when it is asked.

#include <map>

#include "absl/strings/str_cat.h"
#include "daybook/sales/v1/lead.pb.h"
#include "domain/base/error.h"
#include "domain/base/status_macros.h"
#include "services/sales/lead_care.h"

namespace daybook::services {
namespace {

namespace pb = ::daybook::sales::v1;
using projections::LeadFigureSums;
using projections::LeadStay;
using projections::Measures;

// The time that a lead was somebody's.
struct Holding {
  int64_t unqualified_us = 0;
  int64_t lead_us = 0;
};

class CohortFold {
 public:
  void Add(pb::LeadState last_state, const std::vector<LeadStay>& stays) {
    all_.sums.Add(projections::kLeadsHad, "", 1);
    std::map<std::string, Holding> holdings;
    for (size_t i = 0; i < stays.size(); ++i) {
      const LeadStay& stay = stays[i];
      if (holdings.emplace(stay.owner_id, Holding()).second) {
        AddTo(stay.owner_id, projections::kLeadsHad, 1);
      }
      if (!stay.left_at.has_value()) {
        AddStay(stay, 1, 0, 0);
        continue;
      }
      const int64_t stayed = absl::ToInt64Microseconds(*stay.left_at - stay.entered_at);
      AddStay(stay, 0, 1, stayed);
      Holding& holding = holdings[stay.owner_id];
      holding.lead_us += stayed;
      if (IsUnqualified(stay.state)) holding.unqualified_us += stayed;
      Judge(stay, i + 1 < stays.size() ? stays[i + 1].state : last_state, &holdings);
    }
  }

  LeadCohort Take() {
    LeadCohort cohort;
    for (auto& [id, owner] : owners_) cohort.owners.push_back(WithStates(owner));
    cohort.all = WithStates(all_);
    return cohort;
  }

 private:
  struct Figures {
    LeadFigureSums figures;
    Measures& sums = figures.sums;
    std::map<int, Measures> states;
    Figures() = default;
    Figures(const Figures&) = delete;
  };

  static bool IsUnqualified(pb::LeadState state) {
    return state == pb::LEAD_STATE_NEW || state == pb::LEAD_STATE_ASSIGNED ||
           state == pb::LEAD_STATE_WORKING;
  }

  static LeadFigureSums WithStates(Figures& from) {
    for (auto& [state, sums] : from.states) {
      if (!sums.empty()) {
        from.figures.states.push_back({static_cast<pb::LeadState>(state), std::move(sums)});
      }
    }
    return std::move(from.figures);
  }

  Figures& OwnerOf(const std::string& id) {
    Figures& owner = owners_[id];
    owner.figures.owner_id = id;
    return owner;
  }

  void AddTo(const std::string& owner, projections::LeadFigure figure, int64_t amount) {
    OwnerOf(owner).sums.Add(figure, "", amount);
  }
  void AddToBoth(const std::string& owner, projections::LeadFigure figure) {
    AddTo(owner, figure, 1);
    all_.sums.Add(figure, "", 1);
  }

  void AddStay(const LeadStay& stay, int open, int ended, int64_t micros) {
    for (Figures* figures : {&OwnerOf(stay.owner_id), &all_}) {
      Measures& sums = figures->states[stay.state];
      sums.Add(projections::kLeadStaysOpen, "", open);
      sums.Add(projections::kLeadStaysEnded, "", ended);
      sums.Add(projections::kLeadStayMicros, "", micros);
    }
  }

  // What the end of a stay means, by what comes after it.
  void Judge(const LeadStay& stay, pb::LeadState next, std::map<std::string, Holding>* holdings) {
    const bool worked = stay.state == pb::LEAD_STATE_WORKING;
    const bool returned = stay.state == pb::LEAD_STATE_RECYCLED && next == pb::LEAD_STATE_NEW;
    const bool good = worked && next == pb::LEAD_STATE_GOOD;
    if (good) {
      AddShares(stay, *holdings, projections::kLeadsQualified, projections::kQualificationMicros,
                &Holding::unqualified_us);
    }
    if (good || returned) {
      for (auto& [owner, holding] : *holdings) holding.unqualified_us = 0;
    }
    if (worked && next == pb::LEAD_STATE_BAD) AddToBoth(stay.owner_id, projections::kLeadsBad);
    if (next == pb::LEAD_STATE_CONVERTED) {
      AddToBoth(stay.owner_id, projections::kLeadsConverted);
      AddShares(stay, *holdings, projections::kConvertedHad, projections::kLeadMicros,
                &Holding::lead_us);
    }
  }

  // Whoever had the lead for no time at all, and has it no more, has no part in it.
  void AddShares(const LeadStay& stay, const std::map<std::string, Holding>& holdings,
                 projections::LeadFigure count, projections::LeadFigure micros,
                 int64_t Holding::*share) {
    all_.sums.Add(count, "", 1);
    for (const auto& [owner, holding] : holdings) {
      all_.sums.Add(micros, "", holding.*share);
      if (holding.*share == 0 && owner != stay.owner_id) continue;
      AddTo(owner, count, 1);
      AddTo(owner, micros, holding.*share);
    }
  }

  std::map<std::string, Figures> owners_;
  Figures all_;
};

}  // namespace

absl::StatusOr<LeadCohort> ReadLeadCohort(const Query& query, const DayPeriod& period) {
  const domain::ObjectType& type = *domain::Registry::Get().Find("lead");
  RecordFilter filter(type, "");
  DAYBOOK_RETURN_IF_ERROR(filter.AddPeriod("captured_time", period.from, period.until,
                                           query.deps.engine.GetSettings().zone));
  CohortFold fold;
  size_t leads = 0;
  const size_t most = query.deps.limits.lead_cohort;
  DAYBOOK_RETURN_IF_ERROR(query.snapshot.VisitRecords(
      type, filter.filter(), [&](const google::protobuf::Message& record) -> absl::Status {
        if (++leads > most) {
          return Reject(rpc::v1::REASON_LIMIT_EXCEEDED,
                        absl::StrCat("more than ", most,
                                     " leads were captured in the period; name a shorter one"),
                        {{"limit", absl::StrCat(most)}});
        }
        const auto& lead = static_cast<const pb::Lead&>(record);
        DAYBOOK_ASSIGN_OR_RETURN(const auto stays,
                                 projections::ReadLeadStays(query.snapshot, lead.id()));
        fold.Add(lead.state(), stays);
        return absl::OkStatus();
      }));
  return fold.Take();
}

}  // namespace daybook::services
