// product sold: which products were sold in a period, how many and for how much.

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "cli/app.h"
#include "cli/command_line.h"
#include "cli/pages.h"
#include "cli/records.h"
#include "cli/scope.h"
#include "cli/table.h"
#include "cli/terminal.h"
#include "cli/verb_action.h"
#include "cli/verbs.h"
#include "daybook/sales/v1/opportunity_service.pb.h"
#include "domain/base/money.h"
#include "domain/base/status_macros.h"
#include "fmt/format.h"

namespace daybook::cli {
namespace {

namespace pb = ::daybook::sales::v1;

struct Options {
  std::string period;
  std::string as_of;
};

// Quantities are scaled by 10^6; none: the deals do not say.
std::string Quantity(const pb::SoldProduct& product) {
  if (product.quantity_overflow()) return "too large";
  if (!product.has_quantity()) return "";
  const int64_t scaled = product.quantity();
  std::string text = fmt::format("{}.{:06}", scaled / 1'000'000, scaled % 1'000'000);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text;
}

absl::Status Run(App& app, const Options& options) {
  DAYBOOK_ASSIGN_OR_RETURN(Client * client, app.Connect());
  pb::ListSoldProductsRequest request;
  pb::ListSoldProductsResponse response;
  DAYBOOK_RETURN_IF_ERROR(SetAsOf(app, options.as_of, request.mutable_header()));
  if (!options.period.empty()) {
    DAYBOOK_RETURN_IF_ERROR(
        ParsePeriod(options.period, request.mutable_period_from(), request.mutable_period_until()));
  }
  DAYBOOK_RETURN_IF_ERROR(CallPages(*client, "daybook.sales.v1.OpportunityService/ListSoldProducts",
                                    request, &response));
  if (app.options.format == OutputFormat::kJson) {
    PrintJson(response);
    return absl::OkStatus();
  }
  const bool human = app.options.format == OutputFormat::kTable;
  Table table({{"Product"},
               {"Deals", Align::kRight},
               {"Quantity", Align::kRight},
               {"Value", Align::kRight}});
  for (const auto& product : response.products()) {
    for (int i = 0; i < std::max(1, product.value_size()); ++i) {
      const std::string value = i >= product.value_size() ? ""
                                : human                   ? HumanMoney(product.value(i))
                                                          : PlainMoney(product.value(i));
      table.Add({i == 0 ? product.name() : "",
                 i == 0 ? (human ? Grouped(product.deals()) : absl::StrCat(product.deals())) : "",
                 i == 0 ? Quantity(product) : "", value});
    }
  }
  PrintTable(app, table);
  if (human) Print(absl::StrCat("\n", DescribeRead(response.read()), "\n"));
  return absl::OkStatus();
}

}  // namespace

void AddProductSold(Command& root, App& app) {
  auto options = std::make_shared<Options>();
  Command* verb =
      Noun(root, "product")->AddCommand("sold", "Products of won deals: how many, for how much");
  verb->AddOption("--period", &options->period,
                  "Closed from the first day up to, not including, the second: "
                  "2017-04-01..2017-07-01");
  verb->AddOption("--as-of", &options->as_of,
                  "What was known then: a day (its end), an instant or a position");
  SetAction(verb, app, options, &Run);
}

}  // namespace daybook::cli
