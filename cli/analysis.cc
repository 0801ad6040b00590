// analysis slippage, win-loss, velocity: what became of the deals of a period.

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "cli/app.h"
#include "cli/command_line.h"
#include "cli/records.h"
#include "cli/scope.h"
#include "cli/table.h"
#include "cli/terminal.h"
#include "cli/verb_action.h"
#include "cli/verbs.h"
#include "daybook/sales/v1/pipeline_analysis_service.pb.h"
#include "domain/base/money.h"
#include "domain/base/status_macros.h"
#include "domain/base/time.h"
#include "fmt/format.h"

namespace daybook::cli {
namespace {

namespace pb = ::daybook::sales::v1;

constexpr char kNoLabel[] = "(none)";

struct Options {
  Scope scope;
  std::string as_of;
  std::string by = "reason";
  uint32_t process_version = 0;
  std::string deals;
};

// A share of 10^9 as percent with two decimals, rounded half to even.
std::string Percent(int64_t share) {
  const auto hundredths = static_cast<int64_t>(DivideHalfEven(share, kNano / 10'000));
  return fmt::format("{}.{:02} %", hundredths / 100, hundredths % 100);
}

// A number scaled by 10^9 with one decimal.
std::string Tenths(int64_t scaled) {
  const auto tenths = static_cast<int64_t>(DivideHalfEven(scaled, kNano / 10));
  const int64_t whole = tenths < 0 ? -tenths : tenths;
  return fmt::format("{}{}.{}", tenths < 0 ? "-" : "", whole / 10, whole % 10);
}

template <class Request>
absl::Status Fill(App& app, Client& client, const Options& options, Request* request) {
  DAYBOOK_RETURN_IF_ERROR(SetAsOf(app, options.as_of, request->mutable_header()));
  if (!options.scope.period.empty()) {
    DAYBOOK_RETURN_IF_ERROR(ParsePeriod(options.scope.period, request->mutable_period_from(),
                                        request->mutable_period_until()));
  }
  return ResolveScope(client, options.scope, request->mutable_owner_id(),
                      request->mutable_process_id());
}

std::string Day(const type::v1::Date& date) {
  const auto day = FromProto(date);
  return day.ok() ? FormatDay(*day) : "";
}

// Of money or a sum.
template <class Amounts>
std::string Amount(const App& app, const Amounts& money) {
  return app.options.format == OutputFormat::kTable ? HumanMoney(money) : PlainMoney(money);
}

absl::Status RunSlippage(App& app, const Options& options) {
  DAYBOOK_ASSIGN_OR_RETURN(Client * client, app.Connect());
  pb::GetSlippageRequest request;
  pb::GetSlippageResponse response;
  DAYBOOK_RETURN_IF_ERROR(Fill(app, *client, options, &request));
  DAYBOOK_RETURN_IF_ERROR(
      client->Call("daybook.sales.v1.PipelineAnalysisService/GetSlippage", request, &response));
  if (app.options.format == OutputFormat::kJson) {
    PrintJson(response);
    return absl::OkStatus();
  }
  Names names(*client);
  Table deals({{"Deal"},
               {"Subject"},
               {"Owner"},
               {"Value", Align::kRight},
               {"Expected then"},
               {"Expected now"},
               {"Put off", Align::kRight}});
  for (const auto& deal : response.slipped()) {
    deals.Add({deal.opportunity_id(), deal.subject(), names.Title("user", deal.owner_id()),
               Amount(app, deal.value()), Day(deal.expected_close_before()),
               deal.has_expected_close_now() ? Day(deal.expected_close_now()) : "",
               absl::StrCat(deal.pushes())});
  }
  PrintTable(app, deals);
  if (app.options.format != OutputFormat::kTable) return absl::OkStatus();
  std::string text = absl::StrCat("\n", Grouped(response.cohort()),
                                  " deals were expected: ", Grouped(response.won()), " won, ",
                                  Grouped(response.lost()), " lost or abandoned\n");
  for (const auto& rate : response.rates()) {
    absl::StrAppend(&text, fmt::format("{:<17}", rate.formula()), Grouped(rate.count()), " deals");
    if (rate.has_rate_by_count()) absl::StrAppend(&text, ", ", Percent(rate.rate_by_count()));
    for (const auto& value : rate.value()) {
      if (!value.has_rate()) continue;
      absl::StrAppend(&text, "; ", Amount(app, value.slipped()), ", ", Percent(value.rate()));
    }
    absl::StrAppend(&text, "\n");
  }
  if (response.has_mean_slip_days()) {
    absl::StrAppend(&text, "put off by ", Tenths(response.mean_slip_days()), " days on average\n");
  }
  Print(absl::StrCat(text, DescribeRead(response.read()), "\n"));
  return absl::OkStatus();
}

absl::StatusOr<pb::WinLossGroup> ParseGroup(std::string text) {
  absl::AsciiStrToUpper(&text);
  absl::StrReplaceAll({{"-", "_"}}, &text);
  pb::WinLossGroup group = pb::WIN_LOSS_GROUP_UNSPECIFIED;
  if (pb::WinLossGroup_Parse(absl::StrCat("WIN_LOSS_GROUP_", text), &group) &&
      group != pb::WIN_LOSS_GROUP_UNSPECIFIED) {
    return group;
  }
  return absl::InvalidArgumentError("--by: reason, competitor, stage, stage-in-force or owner");
}

// Several currencies one below the other.
void AddFigures(const App& app, const pb::WinLossRow& row, Table* table) {
  const std::string label = row.label().empty() ? kNoLabel : row.label();
  for (int i = 0; i < std::max({1, row.actual_size(), row.lost_size(), row.declined_size()}); ++i) {
    table->Add({i == 0 ? label : "", i == 0 ? row.outcome() : "",
                i == 0 ? absl::StrCat(row.count()) : "",
                i < row.actual_size() ? Amount(app, row.actual(i)) : "",
                i < row.lost_size() ? Amount(app, row.lost(i)) : "",
                i == 0 ? absl::StrCat(row.declined_count()) : "",
                i < row.declined_size() ? Amount(app, row.declined(i)) : ""});
  }
}

// The deals behind the rows with this label, all outcomes.
absl::Status ShowDeals(App& app, Client& client, const Options& options,
                       const pb::GetWinLossResponse& answer) {
  pb::DrillDownWinLossResponse all;
  Table table({{"Deal"},
               {"Outcome"},
               {"Subject"},
               {"Deals", Align::kRight},
               {"Actual", Align::kRight},
               {"Lost", Align::kRight},
               {"Declined", Align::kRight},
               {"Declined value", Align::kRight}});
  bool known = false;
  for (const pb::WinLossRow& row : answer.rows()) {
    if (options.deals != (row.label().empty() ? kNoLabel : row.label())) continue;
    known = true;
    pb::DrillDownWinLossRequest request;
    request.set_token(row.drill_token());
    request.set_page_size(1000);
    do {
      pb::DrillDownWinLossResponse page;
      DAYBOOK_RETURN_IF_ERROR(
          client.Call("daybook.sales.v1.PipelineAnalysisService/DrillDownWinLoss", request, &page));
      for (const pb::WinLossDeal& deal : page.deals()) {
        const auto first = [&](const auto& amounts) {
          return amounts.empty() ? "" : Amount(app, amounts[0]);
        };
        table.Add({deal.opportunity_id(), row.outcome(), deal.subject(), absl::StrCat(deal.count()),
                   first(deal.actual()), first(deal.lost()), absl::StrCat(deal.declined_count()),
                   first(deal.declined())});
      }
      request.set_token(page.next_token());
      all.MergeFrom(page);
    } while (!request.token().empty());
  }
  if (!known) {
    return absl::NotFoundError(absl::StrCat("no row is called \"", options.deals, "\""));
  }
  all.clear_next_token();
  all.set_deal_count(all.deals_size());
  if (app.options.format == OutputFormat::kJson) {
    PrintJson(all);
    return absl::OkStatus();
  }
  PrintTable(app, table);
  return absl::OkStatus();
}

absl::Status RunWinLoss(App& app, const Options& options) {
  DAYBOOK_ASSIGN_OR_RETURN(Client * client, app.Connect());
  pb::GetWinLossRequest request;
  pb::GetWinLossResponse response;
  DAYBOOK_RETURN_IF_ERROR(Fill(app, *client, options, &request));
  DAYBOOK_ASSIGN_OR_RETURN(const pb::WinLossGroup group, ParseGroup(options.by));
  request.set_group_by(group);
  request.set_process_version(options.process_version);
  DAYBOOK_RETURN_IF_ERROR(
      client->Call("daybook.sales.v1.PipelineAnalysisService/GetWinLoss", request, &response));
  if (!options.deals.empty()) return ShowDeals(app, *client, options, response);
  if (app.options.format == OutputFormat::kJson) {
    PrintJson(response);
    return absl::OkStatus();
  }
  Table table({{absl::StrCat("By ", options.by)},
               {"Outcome"},
               {"Deals", Align::kRight},
               {"Actual", Align::kRight},
               {"Lost", Align::kRight},
               {"Declined", Align::kRight},
               {"Declined value", Align::kRight}});
  for (const auto& row : response.rows()) AddFigures(app, row, &table);
  PrintTable(app, table);
  if (app.options.format == OutputFormat::kTable) {
    Print(absl::StrCat("\n", DescribeRead(response.read()), "\n"));
  }
  return absl::OkStatus();
}

absl::Status RunVelocity(App& app, const Options& options) {
  DAYBOOK_ASSIGN_OR_RETURN(Client * client, app.Connect());
  pb::GetSalesVelocityRequest request;
  pb::GetSalesVelocityResponse response;
  DAYBOOK_RETURN_IF_ERROR(Fill(app, *client, options, &request));
  DAYBOOK_RETURN_IF_ERROR(client->Call("daybook.sales.v1.PipelineAnalysisService/GetSalesVelocity",
                                       request, &response));
  if (app.options.format == OutputFormat::kJson) {
    PrintJson(response);
    return absl::OkStatus();
  }
  Table table({{"Measure"}, {"Value", Align::kRight}});
  table.Add({"open deals", Grouped(response.open())});
  table.Add({"won", Grouped(response.won())});
  table.Add({"partially won", Grouped(response.partially_won())});
  table.Add({"lost", Grouped(response.lost())});
  table.Add({"abandoned", Grouped(response.abandoned())});
  if (response.has_win_rate_count()) {
    table.Add({"win rate by count", Percent(response.win_rate_count())});
  }
  if (response.has_mean_cycle_seconds()) {
    table.Add({"mean cycle", HumanDuration(absl::Seconds(response.mean_cycle_seconds()))});
  }
  for (const auto& value : response.values()) {
    if (value.has_win_rate_value()) {
      table.Add(
          {absl::StrCat("win rate by value, ", value.currency()), Percent(value.win_rate_value())});
    }
    if (value.has_average_won()) table.Add({"average won", Amount(app, value.average_won())});
    if (value.has_average_lost()) table.Add({"average lost", Amount(app, value.average_lost())});
    if (value.has_velocity_per_day()) {
      table.Add({"velocity per day", Amount(app, value.velocity_per_day())});
    }
  }
  PrintTable(app, table);
  if (app.options.format == OutputFormat::kTable) {
    Print(absl::StrCat("\n", DescribeRead(response.read()), "\n"));
  }
  return absl::OkStatus();
}

Command* AddVerb(Command& root, App& app, const std::string& name, const std::string& what,
                 const std::shared_ptr<Options>& options, bool period_required,
                 absl::Status (*run)(App&, const Options&)) {
  Command* verb = Noun(root, "analysis")->AddCommand(name, what);
  Option& period = verb->AddOption("--period", &options->scope.period,
                                   "From the first day up to, not including, the second: "
                                   "2017-04-01..2017-07-01");
  if (period_required) period.Required();
  AddOwnerAndProcess(verb, &options->scope);
  verb->AddOption("--as-of", &options->as_of,
                  "What was known then: a day (its end), an instant or a position");
  SetAction(verb, app, options, run);
  return verb;
}

}  // namespace

void AddAnalysis(Command& root, App& app) {
  AddVerb(root, app, "slippage", "Deals that were expected to close in a period and did not",
          std::make_shared<Options>(), true, &RunSlippage);
  const auto win_loss = std::make_shared<Options>();
  Command* verb =
      AddVerb(root, app, "win-loss", "Closed deals by reason, competitor, stage or owner", win_loss,
              false, &RunWinLoss);
  verb->AddOption("--process-version", &win_loss->process_version,
                  "Deals closed under this version of --process");
  verb->AddOption("--by", &win_loss->by,
                  "reason, competitor, stage, stage-in-force (as the process maps it) or owner");
  verb->AddOption("--deals", &win_loss->deals,
                  "The deals behind the rows with this label; \"(none)\" for those without one");
  AddVerb(root, app, "velocity", "Win rates, cycle and money per day", std::make_shared<Options>(),
          true, &RunVelocity);
}

}  // namespace daybook::cli
