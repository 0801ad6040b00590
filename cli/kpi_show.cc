// kpi show, kpi drill: figures, and the records behind a number.

#include <algorithm>
#include <map>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "cli/app.h"
#include "cli/command_line.h"
#include "cli/records.h"
#include "cli/scope.h"
#include "cli/table.h"
#include "cli/terminal.h"
#include "cli/verb_action.h"
#include "cli/verbs.h"
#include "daybook/sales/v1/kpi_service.pb.h"
#include "domain/base/money.h"
#include "domain/base/status_macros.h"

namespace daybook::cli {
namespace {

namespace pb = ::daybook::sales::v1;

struct Options {
  std::string metric;
  std::string by;
  std::string period;
  std::string filter;
  std::string currency;
  std::string as_of;
  bool tokens = false;
  bool records = false;
  std::string token;
};

// "deals-won" for KPI_METRIC_DEALS_WON.
std::string NameOf(pb::KpiMetric metric) {
  return absl::StrReplaceAll(
      absl::AsciiStrToLower(domain::EnumValueName(*pb::KpiMetric_descriptor(), metric)),
      {{"_", "-"}});
}

absl::StatusOr<pb::KpiMetric> MetricOf(const std::string& name) {
  std::vector<std::string> names;
  for (int number = pb::KpiMetric_MIN + 1; number <= pb::KpiMetric_MAX; ++number) {
    const auto metric = static_cast<pb::KpiMetric>(number);
    names.push_back(NameOf(metric));
    if (names.back() == absl::StrReplaceAll(absl::AsciiStrToLower(name), {{"_", "-"}})) {
      return metric;
    }
  }
  return absl::InvalidArgumentError(absl::StrCat("there is no figure named \"", name,
                                                 "\"; there are: ", absl::StrJoin(names, ", ")));
}

std::string Amount(const App& app, const pb::KpiAmount& amount) {
  if (app.options.format == OutputFormat::kTable) return HumanMoney(amount.sum());
  return PlainAmount(amount.sum());
}

using Amounts = google::protobuf::RepeatedPtrField<pb::KpiAmount>;

// The amounts of one name; several currencies side by side.
std::string AmountsOf(const App& app, const Amounts& amounts, const std::string& name) {
  std::vector<std::string> texts;
  for (const auto& amount : amounts) {
    if (amount.name() != name) continue;
    texts.push_back(app.options.format == OutputFormat::kTable
                        ? Amount(app, amount)
                        : absl::StrCat(Amount(app, amount), " ", amount.sum().currency()));
  }
  return absl::StrJoin(texts, " + ");
}

std::vector<std::string> NamesOf(const Amounts& amounts) {
  std::vector<std::string> names;
  for (const auto& amount : amounts) {
    if (std::find(names.begin(), names.end(), amount.name()) == names.end()) {
      names.push_back(amount.name());
    }
  }
  return names;
}

void AddNumber(const App& app, const pb::KpiNumber& number, std::vector<std::string> cells,
               const std::vector<std::string>& names, bool tokens, Table* table) {
  const bool human = app.options.format == OutputFormat::kTable;
  cells.push_back(human ? Grouped(number.count()) : absl::StrCat(number.count()));
  for (const std::string& name : names) cells.push_back(AmountsOf(app, number.amounts(), name));
  if (tokens) cells.push_back(number.drill_token());
  table->Add(std::move(cells));
}

Table KpiTable(const App& app, const Options& options, const pb::GetKpiRequest& request,
               const pb::GetKpiResponse& kpi) {
  const bool tokens = options.tokens || app.options.format == OutputFormat::kCsv;
  const std::vector<std::string> names = NamesOf(kpi.total().amounts());
  std::vector<Column> columns;
  for (const std::string& field : request.group_by()) columns.push_back({field});
  if (request.group_by().empty()) columns.push_back({""});
  columns.push_back({"Count", Align::kRight});
  for (const std::string& name : names) columns.push_back({name, Align::kRight});
  if (tokens) columns.push_back({"Token"});
  Table table(columns);
  for (const pb::KpiNumber& number : kpi.numbers()) {
    std::vector<std::string> cells;
    for (const pb::KpiKey& key : number.keys()) {
      cells.push_back(key.label().empty() ? "(none)" : key.label());
    }
    AddNumber(app, number, std::move(cells), names, tokens, &table);
  }
  std::vector<std::string> cells(static_cast<size_t>(std::max(1, request.group_by_size())));
  cells[0] = kpi.numbers().empty() ? options.metric : "All";
  AddNumber(app, kpi.total(), std::move(cells), names, tokens, &table);
  return table;
}

// All records behind a number, page by page.
absl::Status Drill(App& app, Client& client, const std::string& token) {
  pb::DrillDownKpiRequest request;
  request.set_token(token);
  request.set_page_size(1000);
  pb::DrillDownKpiResponse all;
  do {
    pb::DrillDownKpiResponse page;
    DAYBOOK_RETURN_IF_ERROR(
        client.Call("daybook.sales.v1.KpiService/DrillDownKpi", request, &page));
    request.set_token(page.next_token());
    all.MergeFrom(page);
    all.set_next_token("");
    all.set_count(page.count());
  } while (!request.token().empty());
  if (app.options.format == OutputFormat::kJson) {
    PrintJson(all);
    return absl::OkStatus();
  }
  std::vector<std::string> names;
  for (const pb::KpiRecord& record : all.records()) {
    for (const std::string& name : NamesOf(record.amounts())) {
      if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
    }
  }
  std::vector<Column> columns = {{"Record"}, {"Title"}};
  for (const std::string& name : names) columns.push_back({name, Align::kRight});
  columns.push_back({"Id"});
  Table table(columns);
  for (const pb::KpiRecord& record : all.records()) {
    std::vector<std::string> cells = {record.aggregate(), record.title()};
    for (const std::string& name : names) cells.push_back(AmountsOf(app, record.amounts(), name));
    cells.push_back(record.id());
    table.Add(std::move(cells));
  }
  PrintTable(app, table);
  if (app.options.format == OutputFormat::kTable) {
    Print(absl::StrCat("\n", Grouped(all.count()), " records, ", DescribeRead(all.read()), "\n"));
  }
  return absl::OkStatus();
}

absl::Status Show(App& app, const Options& options) {
  pb::GetKpiRequest request;
  DAYBOOK_ASSIGN_OR_RETURN(const pb::KpiMetric metric, MetricOf(options.metric));
  request.set_metric(metric);
  request.set_filter(options.filter);
  request.set_currency(options.currency);
  for (const absl::string_view field : absl::StrSplit(options.by, ',', absl::SkipWhitespace())) {
    request.add_group_by(std::string(absl::StripAsciiWhitespace(field)));
  }
  if (!options.period.empty()) {
    DAYBOOK_RETURN_IF_ERROR(
        ParsePeriod(options.period, request.mutable_period_from(), request.mutable_period_until()));
  }
  DAYBOOK_ASSIGN_OR_RETURN(Client * client, app.Connect());
  DAYBOOK_RETURN_IF_ERROR(SetAsOf(app, options.as_of, request.mutable_header()));
  pb::GetKpiResponse kpi;
  DAYBOOK_RETURN_IF_ERROR(client->Call("daybook.sales.v1.KpiService/GetKpi", request, &kpi));
  if (options.records) return Drill(app, *client, kpi.total().drill_token());
  if (app.options.format == OutputFormat::kJson) {
    PrintJson(kpi);
    return absl::OkStatus();
  }
  PrintTable(app, KpiTable(app, options, request, kpi));
  if (app.options.format == OutputFormat::kTable) {
    const pb::KpiExplanation& why = kpi.explanation();
    Print(
        absl::StrCat("\n", why.formula(), ": ", why.text(), "\n", DescribeRead(kpi.read()), "\n"));
  }
  return absl::OkStatus();
}

}  // namespace

void AddKpiShow(Command& root, App& app) {
  auto options = std::make_shared<Options>();
  Command* verb =
      Noun(root, "kpi")
          ->AddCommand("show", "A figure, as a whole or told apart, of a period, now or then");
  verb->AddOption("metric", &options->metric,
                  "Which: accounts-created, customers-won, deals-created, deals-won, deals-lost, "
                  "open-pipeline, leads-created, leads-converted, calls-completed, "
                  "meetings-completed")
      .Required();
  verb->AddOption("--by", &options->by, "Told apart by these fields: stage, owner_id");
  verb->AddOption("--period", &options->period, kPeriodHelp);
  verb->AddOption("--filter", &options->filter, "Only records that fit: account_class = \"a\"");
  verb->AddOption("--currency", &options->currency, "Refuse amounts in any other currency");
  verb->AddOption("--as-of", &options->as_of, "As it was then: a day, an instant, a position");
  verb->AddFlag("--tokens", &options->tokens, "Show the token of each number, for kpi drill");
  verb->AddFlag("--records", &options->records, "The records behind the whole figure instead");
  SetAction(verb, app, options, &Show);
}

void AddKpiDrill(Command& root, App& app) {
  auto options = std::make_shared<Options>();
  Command* verb =
      Noun(root, "kpi")
          ->AddCommand("drill", "The records behind a number, as they were when it was read");
  verb->AddOption("token", &options->token, "Of kpi show --tokens, or of its JSON or CSV")
      .Required();
  verb->SetAction([options, &app]() -> absl::Status {
    DAYBOOK_ASSIGN_OR_RETURN(Client * client, app.Connect());
    return Drill(app, *client, options->token);
  });
}

}  // namespace daybook::cli
