// lead analysis: how long leads stay leads, how long qualification takes, by rep.

#include <vector>

#include "absl/strings/str_cat.h"
#include "cli/app.h"
#include "cli/command_line.h"
#include "cli/records.h"
#include "cli/scope.h"
#include "cli/table.h"
#include "cli/terminal.h"
#include "cli/verb_action.h"
#include "cli/verbs.h"
#include "daybook/sales/v1/lead_board_service.pb.h"
#include "domain/base/money.h"
#include "domain/base/status_macros.h"
#include "domain/fields/registry.h"
#include "fmt/format.h"

namespace daybook::cli {
namespace {

namespace pb = ::daybook::sales::v1;

struct Options {
  std::string owner;
  std::string as_of;
  std::string period;
  bool states = false;
};

// Seconds as days with two decimals.
std::string Days(int64_t seconds) {
  const auto hundredths = static_cast<int64_t>(DivideHalfEven(seconds, 864));
  return fmt::format("{}.{:02}", hundredths / 100, hundredths % 100);
}

std::string Percent(int64_t share) {
  const auto hundredths = static_cast<int64_t>(DivideHalfEven(share, kNano / 10'000));
  return fmt::format("{}.{:02} %", hundredths / 100, hundredths % 100);
}

std::string Rep(const pb::LeadFigures& figures, Names& names) {
  return figures.owner_id().empty() ? "(nobody)" : names.Title("user", figures.owner_id());
}

void AddFigures(const std::string& rep, const pb::LeadFigures& figures, Table* table) {
  table->Add(
      {rep, absl::StrCat(figures.leads()), absl::StrCat(figures.qualified()),
       figures.has_mean_qualification_seconds() ? Days(figures.mean_qualification_seconds()) : "",
       absl::StrCat(figures.converted()),
       figures.has_mean_lead_seconds() ? Days(figures.mean_lead_seconds()) : "",
       figures.has_conversion_rate() ? Percent(figures.conversion_rate()) : "",
       absl::StrCat(figures.bad())});
}

void AddStates(const std::string& rep, const pb::LeadFigures& figures, Table* table) {
  for (const auto& state : figures.states()) {
    table->Add({rep, domain::EnumValueName(*pb::LeadState_descriptor(), state.state()),
                absl::StrCat(state.stays()),
                state.stays() == 0 ? ""
                                   : Days(static_cast<int64_t>(
                                         DivideHalfEven(state.total_seconds(), state.stays()))),
                absl::StrCat(state.open())});
  }
}

Table AnalysisTable(const pb::GetLeadAnalysisResponse& response, bool states, Names& names) {
  const Align right = Align::kRight;
  Table table(states ? std::vector<Column>{{"Rep"},
                                           {"State"},
                                           {"Stays", right},
                                           {"Mean days", right},
                                           {"In it now", right}}
                     : std::vector<Column>{{"Rep"},
                                           {"Leads", right},
                                           {"Qualified", right},
                                           {"Days to qualify", right},
                                           {"Converted", right},
                                           {"Days as lead", right},
                                           {"Conversion", right},
                                           {"Bad", right}});
  const auto add = [&](const std::string& rep, const pb::LeadFigures& figures) {
    if (states) {
      AddStates(rep, figures, &table);
    } else {
      AddFigures(rep, figures, &table);
    }
  };
  for (const auto& figures : response.reps()) add(Rep(figures, names), figures);
  if (response.has_all()) add("All leads", response.all());
  return table;
}

absl::Status Run(App& app, const Options& options) {
  DAYBOOK_ASSIGN_OR_RETURN(Client * client, app.Connect());
  pb::GetLeadAnalysisRequest request;
  pb::GetLeadAnalysisResponse response;
  DAYBOOK_RETURN_IF_ERROR(SetAsOf(app, options.as_of, request.mutable_header()));
  if (!options.period.empty()) {
    DAYBOOK_RETURN_IF_ERROR(
        ParsePeriod(options.period, request.mutable_period_from(), request.mutable_period_until()));
  }
  if (!options.owner.empty()) {
    DAYBOOK_ASSIGN_OR_RETURN(*request.mutable_owner_id(), ResolveUser(*client, options.owner));
  }
  DAYBOOK_RETURN_IF_ERROR(
      client->Call("daybook.sales.v1.LeadBoardService/GetLeadAnalysis", request, &response));
  if (app.options.format == OutputFormat::kJson) {
    PrintJson(response);
    return absl::OkStatus();
  }
  Names names(*client);
  PrintTable(app, AnalysisTable(response, options.states, names));
  if (app.options.format == OutputFormat::kTable) {
    Print(absl::StrCat("\n", DescribeRead(response.read()), "\n"));
  }
  return absl::OkStatus();
}

}  // namespace

void AddLeadAnalysis(Command& root, App& app) {
  auto options = std::make_shared<Options>();
  Command* verb =
      Noun(root, "lead")
          ->AddCommand("analysis", "How long leads take and how many become customers, by rep");
  verb->AddOption("--owner", &options->owner, "Leads of this user only (name or id)");
  verb->AddFlag("--states", &options->states, "How long they stay in each state instead");
  verb->AddOption("--period", &options->period,
                  absl::StrCat("Leads captured in it. ", std::string(kPeriodHelp)));
  verb->AddOption("--as-of", &options->as_of, "As it was then: a day, an instant, a position");
  SetAction(verb, app, options, &Run);
}

}  // namespace daybook::cli
