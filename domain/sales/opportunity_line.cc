// The products of a deal, line by line, and whether its value follows them.

#include "absl/strings/str_cat.h"
#include "daybook/catalog/v1/product.pb.h"
#include "domain/base/money.h"
#include "domain/base/status_macros.h"
#include "domain/catalog/product.h"
#include "domain/record/presence.h"
#include "domain/record/references.h"
#include "domain/record/rules.h"
#include "domain/sales/line_total.h"
#include "domain/sales/opportunity.h"
#include "domain/sales/opportunity_rules.h"
#include "google/protobuf/util/message_differencer.h"

namespace daybook::domain {
namespace {

namespace pb = ::daybook::sales::v1;
using google::protobuf::util::MessageDifferencer;

int FindLine(const pb::Opportunity& deal, absl::string_view id) {
  for (int i = 0; i < deal.lines_size(); ++i) {
    if (absl::string_view(deal.lines(i).id()) == id) return i;
  }
  return -1;
}

absl::Status NoSuchLine(absl::string_view id) {
  return Reject(Reason::REASON_NOT_FOUND,
                absl::StrCat("The deal has no line ", id, "; check the id."),
                {{"field", "line_id"}, {"id", id}});
}

// The path of a field of the line at `at`; empty: the fields stand in the request itself.
std::string Within(absl::string_view at, absl::string_view field) {
  return at.empty() ? std::string(field) : absl::StrCat(at, ".", field);
}

absl::StatusOr<const catalog::v1::Product*> ProductOf(absl::string_view at,
                                                      const pb::OpportunityLine& line,
                                                      const Context& context) {
  const auto* product = context.facts->Get<catalog::v1::Product>("product", line.product_id());
  if (product != nullptr) return product;
  return ReferenceNotFound(Within(at, "product_id"), "product", line.product_id());
}

// Above 0, and no finer than the unit of measure.
absl::Status CheckQuantity(absl::string_view at, const pb::OpportunityLine& line,
                           const catalog::v1::Product& product) {
  const std::string field = Within(at, "quantity");
  if (line.quantity() <= 0) return InvalidField(field, "must be above 0");
  const uint32_t decimals = product.quantity_decimals();
  int64_t step = 1;
  for (uint32_t i = decimals; i < kQuantityDecimalsMax; ++i) step *= 10;
  if (line.quantity() % step == 0) return absl::OkStatus();
  return InvalidField(
      field, decimals == 0 ? "quantities of this product are whole numbers (scaled by 10^6)"
                           : absl::StrCat("quantities of this product have at most ", decimals,
                                          " decimals (the number is scaled by 10^6)"));
}

// The list price where the request names none.
absl::Status SetPrice(absl::string_view at, const catalog::v1::Product& product,
                      pb::OpportunityLine* line) {
  const std::string field = Within(at, "currency");
  if (line->has_unit_price()) {
    if (CurrencyDecimals(line->currency()).has_value()) return absl::OkStatus();
    return InvalidField(field, "a unit price needs its currency, like USD");
  }
  if (!HasAmount(product.list_price())) {
    return InvalidField(Within(at, "unit_price"),
                        "the product has no list price; name a unit price");
  }
  const std::string& currency = product.list_price().currency();
  if (!line->currency().empty() && line->currency() != currency) {
    return CurrencyMismatch(field, currency, line->currency());
  }
  DAYBOOK_ASSIGN_OR_RETURN(const int64_t price, UnitPriceOf(product.list_price()));
  line->set_unit_price(price);
  line->set_currency(currency);
  return absl::OkStatus();
}

// Price and discount are there and possible; the total is what they make.
absl::Status SetTotal(absl::string_view at, pb::OpportunityLine* line) {
  if (line->unit_price() < 0) {
    return InvalidField(Within(at, "unit_price"), "must not be below 0");
  }
  if (line->discount() < 0 || line->discount() > kNano) {
    return InvalidField(Within(at, "discount"),
                        absl::StrCat("must be from 0 to ", kNano, " (the share scaled by 10^9)"));
  }
  DAYBOOK_ASSIGN_OR_RETURN(*line->mutable_total(), LineTotal(line->quantity(), line->unit_price(),
                                                             line->discount(), line->currency()));
  return absl::OkStatus();
}

pb::OpportunityValueMode ModeOf(const pb::Opportunity& deal) {
  if (deal.value_from_lines()) return pb::OPPORTUNITY_VALUE_MODE_SUM_OF_LINES;
  if (deal.value_from_job_requests()) return pb::OPPORTUNITY_VALUE_MODE_SUM_OF_JOB_REQUESTS;
  return pb::OPPORTUNITY_VALUE_MODE_MANUAL;
}

// The event about the lines, and the value that follows.
Opportunity::Result WithValue(const Opportunity::State& state, pb::OpportunityEvent event) {
  Decision<pb::OpportunityEvent> decision;
  Opportunity::State next = state;
  Opportunity::Evolve(next, event);
  decision.events.push_back(std::move(event));
  DAYBOOK_RETURN_IF_ERROR(FollowParts(&next.record));
  DAYBOOK_RETURN_IF_ERROR(CheckGrossProfit(next.record));
  RecordValue(state.record, next.record, ValueOrigin::kDerived, &decision);
  return decision;
}

// The same where the value may go away: the stage may need it, or the lines.
Opportunity::Result WithValueStillSet(const Opportunity::State& state, pb::OpportunityEvent event,
                                      const Context& context) {
  DAYBOOK_ASSIGN_OR_RETURN(auto decision, WithValue(state, std::move(event)));
  Opportunity::State next = state;
  for (const auto& decided : decision.events) Opportunity::Evolve(next, decided);
  DAYBOOK_RETURN_IF_ERROR(CheckStillSet(state.record, next.record, context));
  return decision;
}

}  // namespace

absl::StatusOr<pb::OpportunityLine> NewLine(const pb::OpportunityLine& wanted, absl::string_view at,
                                            bool imported, const Context& context) {
  if (wanted.has_total()) {
    return InvalidField(Within(at, "total"),
                        "follows from quantity, price and discount; leave it out",
                        Reason::REASON_FIELD_NOT_WRITABLE);
  }
  const std::string product_field = Within(at, "product_id");
  if (wanted.product_id().empty()) return InvalidField(product_field, "a line has a product");
  if (!imported) {
    DAYBOOK_RETURN_IF_ERROR(CheckSellableProduct(context, product_field, wanted.product_id()));
  }
  DAYBOOK_ASSIGN_OR_RETURN(const auto* product, ProductOf(at, wanted, context));
  DAYBOOK_RETURN_IF_ERROR(CheckQuantity(at, wanted, *product));
  pb::OpportunityLine made = wanted;
  DAYBOOK_ZERO_IF_ABSENT(discount, &made);
  DAYBOOK_ASSIGN_OR_RETURN(*made.mutable_custom(),
                           CheckNewCustom(kOpportunityLine, wanted.custom(), Required::kDemanded,
                                          Within(at, ""), context));
  DAYBOOK_RETURN_IF_ERROR(SetPrice(at, *product, &made));
  DAYBOOK_RETURN_IF_ERROR(SetTotal(at, &made));
  if (made.id().empty()) made.set_id(context.new_id());
  return made;
}

absl::Status Opportunity::Gather(const State&, const AddLineRequest& request, FactLoader& loader) {
  return LoadCustomFacts(kOpportunityLine, request.line().custom(), loader);
}

// NOT_FOUND. ILLEGAL_TRANSITION: closed. LIMIT_EXCEEDED. DUPLICATE_KEY: the id. The line:
// FIELD_NOT_WRITABLE, INVALID_FIELD, REFERENCE_NOT_FOUND, ILLEGAL_TRANSITION (a draft product),
// RECORD_ARCHIVED (a discontinued one), CURRENCY_MISMATCH, OUT_OF_RANGE.
Opportunity::Result Opportunity::Decide(const State& state, const AddLineRequest& request,
                                        const Context& context) {
  const pb::Opportunity& deal = state.record;
  DAYBOOK_RETURN_IF_ERROR(CheckOpen(deal, context));
  if (deal.lines_size() >= kOpportunityLinesMax) {
    return LimitExceeded("lines", kOpportunityLinesMax, deal.lines_size() + 1);
  }
  if (!request.line().id().empty() && FindLine(deal, request.line().id()) >= 0) {
    return Reject(Reason::REASON_DUPLICATE_KEY,
                  absl::StrCat("The deal has a line ", request.line().id(),
                               " already; leave the id empty for a new one."),
                  {{"field", "line.id"}, {"id", request.line().id()}});
  }
  DAYBOOK_ASSIGN_OR_RETURN(auto made, NewLine(request.line(), "line", deal.imported(), context));
  DAYBOOK_RETURN_IF_ERROR(CheckCurrency(deal, "line.currency", made.total()));
  Event event;
  *event.mutable_line_added()->mutable_line() = std::move(made);
  return WithValue(state, std::move(event));
}

absl::Status Opportunity::Gather(const State& state, const ChangeLineRequest& request,
                                 FactLoader& loader) {
  const int at = FindLine(state.record, request.line_id());
  if (at < 0) return absl::OkStatus();
  if (!request.custom_values().empty() || !request.cleared_custom().empty()) {
    DAYBOOK_RETURN_IF_ERROR(LoadCustomFacts(kOpportunityLine, request.custom_values(), loader));
  }
  return loader.Load("product", state.record.lines(at).product_id()).status();
}

// NOT_FOUND: the deal or the line. ILLEGAL_TRANSITION: closed. INVALID_FIELD: quantity, price,
// discount, custom fields; the gross profit would be above the value that follows. OUT_OF_RANGE.
// The product may have been discontinued since.
Opportunity::Result Opportunity::Decide(const State& state, const ChangeLineRequest& request,
                                        const Context& context) {
  DAYBOOK_RETURN_IF_ERROR(CheckOpen(state.record, context));
  const int at = FindLine(state.record, request.line_id());
  if (at < 0) return NoSuchLine(request.line_id());
  const pb::OpportunityLine& before = state.record.lines(at);
  pb::OpportunityLine after = before;
  if (request.has_quantity()) after.set_quantity(request.quantity());
  if (request.has_unit_price()) after.set_unit_price(request.unit_price());
  if (request.has_discount()) after.set_discount(request.discount());
  if (request.has_note()) after.set_note(request.note());
  DAYBOOK_ASSIGN_OR_RETURN(*after.mutable_custom(),
                           ChangeCustom(kOpportunityLine, before.custom(), request.custom_values(),
                                        request.cleared_custom(), context));
  if (MessageDifferencer::Equals(before, after)) return Nothing<Event>();
  DAYBOOK_ASSIGN_OR_RETURN(const auto* product, ProductOf("", before, context));
  DAYBOOK_RETURN_IF_ERROR(CheckQuantity("", after, *product));
  DAYBOOK_RETURN_IF_ERROR(SetTotal("", &after));
  Event event;
  *event.mutable_line_changed()->mutable_before() = before;
  *event.mutable_line_changed()->mutable_after() = std::move(after);
  return WithValue(state, std::move(event));
}

absl::Status Opportunity::Gather(const State& state, const RemoveLineRequest&, FactLoader& loader) {
  return LoadProcess(state.record, loader);
}

// NOT_FOUND: the deal or the line. ILLEGAL_TRANSITION: closed. INVALID_FIELD: the gross profit
// would be above the value that follows. MISSING_REQUIRED_FOR_STATE: the stage needs lines, or the
// value they give.
Opportunity::Result Opportunity::Decide(const State& state, const RemoveLineRequest& request,
                                        const Context& context) {
  DAYBOOK_RETURN_IF_ERROR(CheckOpen(state.record, context));
  const int at = FindLine(state.record, request.line_id());
  if (at < 0) return NoSuchLine(request.line_id());
  Event event;
  *event.mutable_line_removed()->mutable_line() = state.record.lines(at);
  return WithValueStillSet(state, std::move(event), context);
}

absl::Status Opportunity::Gather(const State& state, const SetValueModeRequest&,
                                 FactLoader& loader) {
  return LoadProcess(state.record, loader);
}

// NOT_FOUND. ILLEGAL_TRANSITION: closed. INVALID_FIELD: no mode; the gross profit would be above
// the sum. OUT_OF_RANGE: the sum. MISSING_REQUIRED_FOR_STATE: the stage needs a value, and there is
// nothing to sum.
Opportunity::Result Opportunity::Decide(const State& state, const SetValueModeRequest& request,
                                        const Context& context) {
  DAYBOOK_RETURN_IF_ERROR(CheckOpen(state.record, context));
  if (request.mode() == pb::OPPORTUNITY_VALUE_MODE_UNSPECIFIED) {
    return InvalidField("mode", "name where the value comes from");
  }
  const pb::OpportunityValueMode from = ModeOf(state.record);
  if (request.mode() == from) return Nothing<Event>();
  Event event;
  event.mutable_value_mode_set()->set_from(from);
  event.mutable_value_mode_set()->set_to(request.mode());
  return WithValueStillSet(state, std::move(event), context);
}

}  // namespace daybook::domain
