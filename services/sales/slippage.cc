// Deals that were expected to close in a period and did not (FORMULAS.md 5.3).

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "daybook/sales/v1/opportunity.pb.h"
#include "domain/base/error.h"
#include "domain/base/money.h"
#include "domain/base/status_macros.h"
#include "domain/base/strings.h"
#include "domain/base/time.h"
#include "domain/sales/sales_measures.h"
#include "projections/pipeline_moves.h"
#include "services/sales/pipeline_analysis.h"
#include "services/sums.h"

namespace daybook::services {
namespace {

namespace pb = ::daybook::sales::v1;
using projections::Measures;
using projections::Snapshot;

constexpr uint8_t kAmount = 1;

// A deal of the cohort, then and now.
struct Member {
  pb::Opportunity then;
  pb::Opportunity now;
  int pushes = 0;
};

// One variant of the measure, while deals are counted.
struct Variant {
  const char* formula;
  bool (*slipped)(const Member& member, absl::CivilDay until);
  int64_t count = 0;
  Measures value;
};

std::optional<absl::CivilDay> Day(bool has, const type::v1::Date& date) {
  if (!has) return std::nullopt;
  return absl::CivilDay(date.year(), date.month(), date.day());
}

// Closed on a day before the end of the period.
bool ClosedBefore(const pb::Opportunity& deal, absl::CivilDay until) {
  if (deal.state() == pb::OPPORTUNITY_STATE_OPEN) return false;
  const auto day = Day(deal.has_close_date(), deal.close_date());
  return !day.has_value() || *day < until;
}

bool Won(const pb::Opportunity& deal) {
  return deal.state() == pb::OPPORTUNITY_STATE_WON ||
         deal.state() == pb::OPPORTUNITY_STATE_PARTIALLY_WON;
}

std::vector<Variant> Variants() {
  return {
      {"slippage-open",
       [](const Member& m, absl::CivilDay until) { return !ClosedBefore(m.now, until); }},
      {"slippage-not-won",
       [](const Member& m, absl::CivilDay until) {
         return !ClosedBefore(m.now, until) || !Won(m.now);
       }},
      {"slippage-moved", [](const Member& m, absl::CivilDay) { return m.pushes > 0; }},
  };
}

absl::StatusOr<std::vector<pb::Opportunity>> ReadCohort(const Snapshot& snapshot,
                                                        const pb::GetSlippageRequest& request,
                                                        const projections::BoardPeriod& period,
                                                        size_t most) {
  std::string filter = absl::StrCat(
      "state = OPEN AND archived = false AND expected_close_date >= ", FormatDay(period.from),
      " AND expected_close_date < ", FormatDay(period.until));
  if (!request.owner_id().empty()) {
    absl::StrAppend(&filter, " AND owner_id = \"", request.owner_id(), "\"");
  }
  if (!request.process_id().empty()) {
    absl::StrAppend(&filter, " AND process_id = \"", request.process_id(), "\"");
  }
  projections::ListQuery list;
  list.type = domain::Registry::Get().Find("opportunity");
  DAYBOOK_ASSIGN_OR_RETURN(list.filter, domain::ParseFilter(*list.type, filter, {}));
  list.page_size = projections::kPageSizeMax;
  std::vector<pb::Opportunity> cohort;
  do {
    DAYBOOK_ASSIGN_OR_RETURN(auto page, snapshot.List(list));
    for (auto& record : page.records) {
      cohort.push_back(std::move(static_cast<pb::Opportunity&>(*record)));
    }
    if (cohort.size() > most) {
      return Reject(rpc::v1::REASON_LIMIT_EXCEEDED,
                    absl::StrCat("more than ", most,
                                 " deals were expected to close in the period; name an owner, a "
                                 "process or a shorter period"),
                    {{"limit", absl::StrCat(most)}});
    }
    list.page_token = page.next_page_token;
  } while (!list.page_token.empty());
  return cohort;
}

absl::StatusOr<std::vector<Member>> Follow(const Query& query, const Snapshot& from,
                                           std::vector<pb::Opportunity> cohort) {
  std::vector<std::string> ids;
  for (const pb::Opportunity& deal : cohort) ids.push_back(deal.id());
  DAYBOOK_ASSIGN_OR_RETURN(
      auto now, query.snapshot.GetRecords(*domain::Registry::Get().Find("opportunity"), ids));
  std::vector<Member> members;
  for (size_t i = 0; i < cohort.size(); ++i) {
    if (now[i] == nullptr || static_cast<const pb::Opportunity&>(*now[i]).archived()) continue;
    Member& member = members.emplace_back();
    member.then = std::move(cohort[i]);
    member.now = std::move(static_cast<pb::Opportunity&>(*now[i]));
    DAYBOOK_ASSIGN_OR_RETURN(const int after,
                             projections::ReadPushes(query.snapshot, member.then.id()));
    DAYBOOK_ASSIGN_OR_RETURN(const int before, projections::ReadPushes(from, member.then.id()));
    member.pushes = after - before;
  }
  return members;
}

void AddValue(const pb::Opportunity& deal, Measures* sums) {
  if (!deal.value().currency().empty()) {
    sums->Add(kAmount, ToAbsl(deal.value().currency()), deal.value().minor());
  }
}

void FillRate(const Variant& variant, size_t cohort, const Measures& cohort_value,
              pb::SlippageRate* rate) {
  rate->set_formula(variant.formula);
  rate->set_count(variant.count);
  const auto by_count = domain::ShareOf(variant.count, static_cast<int64_t>(cohort));
  if (by_count.has_value()) rate->set_rate_by_count(*by_count);
  for (const std::string& currency : cohort_value.Currencies()) {
    pb::SlippageValue* value = rate->add_value();
    const absl::int128 whole = cohort_value.Get(kAmount, currency);
    const absl::int128 part = variant.value.Get(kAmount, currency);
    SetSum(part, currency, value->mutable_slipped());
    SetSum(whole, currency, value->mutable_cohort());
    if (const auto share = domain::ShareOf(part, whole)) value->set_rate(*share);
  }
}

void FillSlipped(std::vector<const Member*> slipped, size_t shown,
                 pb::GetSlippageResponse* response) {
  absl::int128 days = 0;
  int64_t dated = 0;
  for (const Member* member : slipped) {
    const auto then =
        Day(member->then.has_expected_close_date(), member->then.expected_close_date());
    const auto now = Day(member->now.has_expected_close_date(), member->now.expected_close_date());
    if (!then.has_value() || !now.has_value()) continue;
    days += *now - *then;
    ++dated;
  }
  if (dated > 0) {
    // DivideHalfEven takes a numerator of any sign.
    response->set_mean_slip_days(static_cast<int64_t>(DivideHalfEven(days * kNano, dated)));
  }
  std::stable_sort(slipped.begin(), slipped.end(), [](const Member* a, const Member* b) {
    return a->then.value().minor() > b->then.value().minor();
  });
  if (slipped.size() > shown) slipped.resize(shown);
  for (const Member* member : slipped) {
    pb::SlippedDeal* deal = response->add_slipped();
    deal->set_opportunity_id(member->then.id());
    deal->set_subject(member->now.subject());
    deal->set_owner_id(member->now.owner_id());
    if (member->then.has_value()) *deal->mutable_value() = member->then.value();
    *deal->mutable_expected_close_before() = member->then.expected_close_date();
    if (member->now.has_expected_close_date()) {
      *deal->mutable_expected_close_now() = member->now.expected_close_date();
    }
    deal->set_pushes(member->pushes);
  }
}

}  // namespace

absl::StatusOr<projections::BoardPeriod> PeriodOf(const type::v1::Date& from,
                                                  const type::v1::Date& until) {
  const auto first = FromProto(from);
  if (!first.ok()) return InvalidField("period_from", first.status().message());
  const auto end = FromProto(until);
  if (!end.ok()) return InvalidField("period_until", end.status().message());
  if (*first >= *end) return InvalidField("period_until", "must be after period_from");
  return projections::BoardPeriod{*first, *end};
}

absl::Status ReadSlippage(const Query& query, const pb::GetSlippageRequest& request,
                          pb::GetSlippageResponse* response) {
  DAYBOOK_ASSIGN_OR_RETURN(const projections::BoardPeriod period,
                           PeriodOf(request.period_from(), request.period_until()));
  const absl::TimeZone zone = query.deps.engine.GetSettings().zone;
  rpc::v1::ReadHeader start;
  *start.mutable_as_of_time() = ToProto(StartOfDay(period.from, zone) - absl::Microseconds(1));
  DAYBOOK_ASSIGN_OR_RETURN(const auto from, OpenPast(query, "period_from", start));
  SetReadPosition(*from, response->mutable_from());
  DAYBOOK_ASSIGN_OR_RETURN(auto cohort,
                           ReadCohort(*from, request, period, query.deps.limits.slippage_cohort));
  DAYBOOK_ASSIGN_OR_RETURN(const auto members, Follow(query, *from, std::move(cohort)));

  std::vector<Variant> variants = Variants();
  Measures cohort_value;
  std::vector<const Member*> slipped;
  for (const Member& member : members) {
    AddValue(member.then, &cohort_value);
    if (ClosedBefore(member.now, period.until)) {
      Won(member.now) ? response->set_won(response->won() + 1)
                      : response->set_lost(response->lost() + 1);
    }
    for (Variant& variant : variants) {
      if (!variant.slipped(member, period.until)) continue;
      ++variant.count;
      AddValue(member.then, &variant.value);
    }
    if (variants[0].slipped(member, period.until)) slipped.push_back(&member);
  }
  response->set_cohort(static_cast<int64_t>(members.size()));
  for (const Variant& variant : variants) {
    FillRate(variant, members.size(), cohort_value, response->add_rates());
  }
  FillSlipped(std::move(slipped), query.deps.limits.slipped_shown, response);
  return absl::OkStatus();
}

}  // namespace daybook::services
