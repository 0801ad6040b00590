// deal lines, add-line, change-line, remove-line, value: what a deal offers and what it is worth.

#include <map>
#include <optional>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "cli/app.h"
#include "cli/command_line.h"
#include "cli/custom_text.h"
#include "cli/deal.h"
#include "cli/import/shapes.h"
#include "cli/records.h"
#include "cli/table.h"
#include "cli/terminal.h"
#include "cli/verb_action.h"
#include "cli/verbs.h"
#include "daybook/sales/v1/opportunity_service.pb.h"
#include "domain/base/money.h"
#include "domain/base/status_macros.h"
#include "domain/fields/custom.h"
#include "domain/record/custom_values.h"

namespace daybook::cli {
namespace {

namespace pb = ::daybook::sales::v1;

constexpr int kQuantityDecimals = 6;
constexpr int kPriceDecimals = 9;

struct Options {
  std::string deal;
  std::string line;
  std::string product;
  std::string quantity, price, currency, discount;
  std::optional<std::string> note;
  std::string mode;
  std::vector<std::string> custom;
};

// What custom fields of lines are defined for.
constexpr char kLine[] = "opportunity_line";

absl::StatusOr<int64_t> ParseDecimal(absl::string_view option, absl::string_view text,
                                     int decimals) {
  auto number = ParseScaled(NumberShape(), text, decimals);
  if (number.ok()) return number;
  return absl::InvalidArgumentError(
      absl::StrCat("--", option, " ", text, ": ", number.status().message()));
}

// "10%" or "0.1".
absl::StatusOr<int64_t> ParseDiscount(absl::string_view text) {
  absl::string_view number = text;
  const bool percent = absl::ConsumeSuffix(&number, "%");
  return ParseDecimal("discount", number, percent ? kPriceDecimals - 2 : kPriceDecimals);
}

// A number scaled by 10^decimals without its trailing zeros: "2.5", "120".
std::string Decimal(int64_t scaled, int decimals) {
  int64_t scale = 1;
  for (int i = 0; i < decimals; ++i) scale *= 10;
  std::string rest = absl::StrCat(scaled % scale + scale).substr(1);
  while (!rest.empty() && rest.back() == '0') rest.pop_back();
  return absl::StrCat(scaled / scale, rest.empty() ? "" : ".", rest);
}

std::string ModeName(const pb::Opportunity& deal) {
  if (deal.value_from_lines()) return "the sum of the lines";
  return deal.value_from_job_requests() ? "the sum of the job requests" : "set by hand";
}

using Columns = std::vector<domain::Field>;

// The custom fields of lines that are in use, as a table shows them; none where no table is shown.
absl::StatusOr<Columns> CustomColumns(App& app, Client& client) {
  if (app.options.format == OutputFormat::kJson) return Columns();
  DAYBOOK_ASSIGN_OR_RETURN(const auto catalog, FetchCatalog(client, kLine));
  Columns columns;
  for (const auto& definition : catalog.fields()) {
    if (definition.retired()) continue;
    domain::Field field =
        domain::BareCustomField(pb::OpportunityLine::descriptor(), definition.name());
    field.kind = domain::KindOf(definition);
    field.lookup = definition.lookup();
    if (!definition.label().empty()) field.label = definition.label();
    columns.push_back(std::move(field));
  }
  return columns;
}

void Show(App& app, Client& client, const pb::Opportunity& deal, const Columns& custom) {
  if (app.options.format == OutputFormat::kJson) {
    PrintJson(deal);
    return;
  }
  Names names(client);
  std::vector<Column> columns = {{"#", Align::kRight},
                                 {"Product"},
                                 {"Quantity", Align::kRight},
                                 {"Unit price", Align::kRight},
                                 {"Discount", Align::kRight},
                                 {"Total", Align::kRight},
                                 {"Note"}};
  for (const domain::Field& field : custom) columns.push_back({field.label});
  columns.push_back({"Line"});
  Table table(columns);
  for (int i = 0; i < deal.lines_size(); ++i) {
    const pb::OpportunityLine& line = deal.lines(i);
    std::vector<std::string> row = {
        absl::StrCat(i + 1),
        names.Title("product", line.product_id()),
        Decimal(line.quantity(), kQuantityDecimals),
        absl::StrCat(Decimal(line.unit_price(), kPriceDecimals), " ", line.currency()),
        absl::StrCat(Decimal(line.discount(), kPriceDecimals - 2), " %"),
        HumanMoney(line.total()),
        line.note()};
    for (const domain::Field& field : custom) row.push_back(ShowField(line, field, names));
    row.push_back(line.id());
    table.Add(std::move(row));
  }
  PrintTable(app, table);
  if (app.options.format != OutputFormat::kTable) return;
  Print(absl::StrCat("\n", deal.subject(), ": ",
                     deal.has_value() ? HumanMoney(deal.value()) : "no value yet", ", ",
                     ModeName(deal), "\n"));
}

// Changes the deal and shows it. What showing needs to know is asked before, so that a verb fails
// only where nothing was recorded.
template <class Response, class Request>
absl::Status ChangeAndShow(App& app, Client& client, const char* method, Request request) {
  DAYBOOK_ASSIGN_OR_RETURN(const Columns custom, CustomColumns(app, client));
  DAYBOOK_ASSIGN_OR_RETURN(const auto deal,
                           ChangeDeal<Response>(client, method, std::move(request)));
  Show(app, client, deal, custom);
  return absl::OkStatus();
}

// "NAME=VALUE" of --custom; a value that is left out is for `clear`, null for a new line.
absl::Status SetCustom(App& app, Client& client, const Options& options,
                       domain::CustomValues* values, domain::FieldNames* clear) {
  if (options.custom.empty()) return absl::OkStatus();
  DAYBOOK_ASSIGN_OR_RETURN(const auto catalog, FetchCatalog(client, kLine));
  for (const std::string& assignment : options.custom) {
    DAYBOOK_ASSIGN_OR_RETURN(const auto parts, SplitAssignment(assignment));
    if (parts.second.empty()) {
      if (clear == nullptr) {
        return absl::InvalidArgumentError(
            absl::StrCat("--custom ", assignment, ": a new line has no value to clear"));
      }
      *clear->Add() = parts.first;
      continue;
    }
    DAYBOOK_ASSIGN_OR_RETURN(*values->Add(),
                             ParseCustomValue(app, catalog, parts.first, parts.second));
  }
  return absl::OkStatus();
}

// A line by its number in the table, or its id.
absl::StatusOr<std::string> LineId(const pb::Opportunity& deal, const std::string& text) {
  int number = 0;
  if (!absl::SimpleAtoi(text, &number)) return text;
  if (number >= 1 && number <= deal.lines_size()) return deal.lines(number - 1).id();
  return absl::InvalidArgumentError(
      absl::StrCat("the deal has ", deal.lines_size(), " lines, and none with number ", number));
}

absl::Status List(App& app, const Options& options) {
  DAYBOOK_ASSIGN_OR_RETURN(Client * client, app.Connect());
  DAYBOOK_ASSIGN_OR_RETURN(const pb::Opportunity deal, ReadDeal(*client, options.deal));
  DAYBOOK_ASSIGN_OR_RETURN(const Columns custom, CustomColumns(app, *client));
  Show(app, *client, deal, custom);
  return absl::OkStatus();
}

absl::Status Add(App& app, const Options& options) {
  DAYBOOK_ASSIGN_OR_RETURN(Client * client, app.Connect());
  DAYBOOK_ASSIGN_OR_RETURN(const auto* product, FindType("product"));
  pb::AddOpportunityLineRequest request;
  DAYBOOK_ASSIGN_OR_RETURN(const pb::Opportunity before, ReadDeal(*client, options.deal));
  request.set_id(before.id());
  pb::OpportunityLine& line = *request.mutable_line();
  DAYBOOK_ASSIGN_OR_RETURN(*line.mutable_product_id(),
                           ResolveByTitle(*client, *product, options.product));
  DAYBOOK_ASSIGN_OR_RETURN(const int64_t quantity,
                           ParseDecimal("quantity", options.quantity, kQuantityDecimals));
  line.set_quantity(quantity);
  if (!options.price.empty()) {
    DAYBOOK_ASSIGN_OR_RETURN(const int64_t price,
                             ParseDecimal("price", options.price, kPriceDecimals));
    line.set_unit_price(price);
    line.set_currency(options.currency);
    if (options.currency.empty()) {
      DAYBOOK_ASSIGN_OR_RETURN(*line.mutable_currency(), app.Currency());
    }
  }
  if (!options.discount.empty()) {
    DAYBOOK_ASSIGN_OR_RETURN(const int64_t discount, ParseDiscount(options.discount));
    line.set_discount(discount);
  }
  line.set_note(options.note.value_or(""));
  DAYBOOK_RETURN_IF_ERROR(SetCustom(app, *client, options, line.mutable_custom(), nullptr));
  return ChangeAndShow<pb::AddOpportunityLineResponse>(app, *client, "AddOpportunityLine",
                                                       std::move(request));
}

absl::Status Change(App& app, const Options& options) {
  DAYBOOK_ASSIGN_OR_RETURN(Client * client, app.Connect());
  DAYBOOK_ASSIGN_OR_RETURN(const pb::Opportunity before, ReadDeal(*client, options.deal));
  pb::ChangeOpportunityLineRequest request;
  request.set_id(before.id());
  DAYBOOK_ASSIGN_OR_RETURN(*request.mutable_line_id(), LineId(before, options.line));
  if (!options.quantity.empty()) {
    DAYBOOK_ASSIGN_OR_RETURN(const int64_t quantity,
                             ParseDecimal("quantity", options.quantity, kQuantityDecimals));
    request.set_quantity(quantity);
  }
  if (!options.price.empty()) {
    DAYBOOK_ASSIGN_OR_RETURN(const int64_t price,
                             ParseDecimal("price", options.price, kPriceDecimals));
    request.set_unit_price(price);
  }
  if (!options.discount.empty()) {
    DAYBOOK_ASSIGN_OR_RETURN(const int64_t discount, ParseDiscount(options.discount));
    request.set_discount(discount);
  }
  if (options.note.has_value()) request.set_note(*options.note);
  DAYBOOK_RETURN_IF_ERROR(SetCustom(app, *client, options, request.mutable_custom_values(),
                                    request.mutable_cleared_custom()));
  return ChangeAndShow<pb::ChangeOpportunityLineResponse>(app, *client, "ChangeOpportunityLine",
                                                          std::move(request));
}

absl::Status Remove(App& app, const Options& options) {
  DAYBOOK_ASSIGN_OR_RETURN(Client * client, app.Connect());
  DAYBOOK_ASSIGN_OR_RETURN(const pb::Opportunity before, ReadDeal(*client, options.deal));
  pb::RemoveOpportunityLineRequest request;
  request.set_id(before.id());
  DAYBOOK_ASSIGN_OR_RETURN(*request.mutable_line_id(), LineId(before, options.line));
  return ChangeAndShow<pb::RemoveOpportunityLineResponse>(app, *client, "RemoveOpportunityLine",
                                                          std::move(request));
}

absl::Status SetMode(App& app, const Options& options) {
  static const std::map<std::string, pb::OpportunityValueMode> kModes = {
      {"manual", pb::OPPORTUNITY_VALUE_MODE_MANUAL},
      {"lines", pb::OPPORTUNITY_VALUE_MODE_SUM_OF_LINES},
      {"job-requests", pb::OPPORTUNITY_VALUE_MODE_SUM_OF_JOB_REQUESTS}};
  DAYBOOK_ASSIGN_OR_RETURN(Client * client, app.Connect());
  DAYBOOK_ASSIGN_OR_RETURN(const pb::Opportunity before, ReadDeal(*client, options.deal));
  pb::SetOpportunityValueModeRequest request;
  request.set_id(before.id());
  request.set_mode(kModes.at(options.mode));
  return ChangeAndShow<pb::SetOpportunityValueModeResponse>(app, *client, "SetOpportunityValueMode",
                                                            std::move(request));
}

Command* AddVerb(Command& root, App& app, const std::string& name, const std::string& what,
                 const std::shared_ptr<Options>& options,
                 absl::Status (*run)(App&, const Options&)) {
  Command* verb = Noun(root, "deal")->AddCommand(name, what);
  verb->AddOption("deal", &options->deal, "Subject or id").Required();
  SetAction(verb, app, options, run);
  return verb;
}

void AddAmounts(Command* verb, Options* options) {
  verb->AddOption("--price", &options->price, "For one unit: 120.50");
  verb->AddOption("--discount", &options->discount, "Off the price: 10% or 0.1");
  verb->AddOption("--note", &options->note, "What is to be said about the line");
  verb->AddOption("--custom", &options->custom,
                  "NAME=VALUE of a custom field of lines (field list opportunity_line); NAME= "
                  "clears it");
}

}  // namespace

void AddDealLines(Command& root, App& app) {
  AddVerb(root, app, "lines", "What a deal offers, line by line", std::make_shared<Options>(),
          &List);
  auto add = std::make_shared<Options>();
  Command* verb = AddVerb(root, app, "add-line", "Put a product on a deal", add, &Add);
  verb->AddOption("product", &add->product, "Name or id").Required();
  verb->AddOption("--quantity", &add->quantity, "How many: 3, or 2.5").Required();
  AddAmounts(verb, add.get());
  verb->AddOption("--currency", &add->currency,
                  "Of --price, if not the organisation's; without --price the list price counts");

  auto change = std::make_shared<Options>();
  verb =
      AddVerb(root, app, "change-line", "Change a line; what is not given stays", change, &Change);
  verb->AddOption("line", &change->line, "Number of the line, or its id").Required();
  verb->AddOption("--quantity", &change->quantity, "How many: 3, or 2.5");
  AddAmounts(verb, change.get());

  auto remove = std::make_shared<Options>();
  verb = AddVerb(root, app, "remove-line", "Take a line off a deal", remove, &Remove);
  verb->AddOption("line", &remove->line, "Number of the line, or its id").Required();

  auto mode = std::make_shared<Options>();
  verb = AddVerb(root, app, "value-mode", "Let the value follow the lines, or stand for itself",
                 mode, &SetMode);
  verb->AddOption("mode", &mode->mode, "manual, lines or job-requests")
      .Required()
      .OneOf({"manual", "lines", "job-requests"});
}

}  // namespace daybook::cli
