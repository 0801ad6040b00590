// board stages: how long deals stay in each stage, or the stages one deal went through.

#include "absl/strings/str_cat.h"
#include "cli/app.h"
#include "cli/command_line.h"
#include "cli/pages.h"
#include "cli/records.h"
#include "cli/table.h"
#include "cli/terminal.h"
#include "cli/verb_action.h"
#include "cli/verbs.h"
#include "daybook/sales/v1/sales_board_service.pb.h"
#include "domain/base/status_macros.h"
#include "domain/base/time.h"

namespace daybook::cli {
namespace {

namespace pb = ::daybook::sales::v1;

struct Options {
  std::string deal;
  std::string process;
  std::string as_of;
};

std::string Show(const google::protobuf::Timestamp& timestamp) {
  const auto time = FromProto(timestamp);
  return time.ok() ? FormatInstant(*time) : "";
}

absl::Status ShowDeal(App& app, Client& client, const Options& options) {
  pb::ListStageIntervalsRequest request;
  pb::ListStageIntervalsResponse response;
  DAYBOOK_RETURN_IF_ERROR(SetAsOf(app, options.as_of, request.mutable_header()));
  DAYBOOK_ASSIGN_OR_RETURN(const auto* type, FindType("opportunity"));
  DAYBOOK_ASSIGN_OR_RETURN(*request.mutable_opportunity_id(),
                           ResolveByTitle(client, *type, options.deal));
  DAYBOOK_RETURN_IF_ERROR(CallPages(client, "daybook.sales.v1.SalesBoardService/ListStageIntervals",
                                    request, &response));
  if (app.options.format == OutputFormat::kJson) {
    PrintJson(response);
    return absl::OkStatus();
  }
  Table table({{"Stage"}, {"Entered"}, {"Left"}, {"Stayed", Align::kRight}, {"Then"}});
  for (const auto& interval : response.intervals()) {
    std::string stayed;
    if (interval.has_left_at()) {
      stayed = HumanDuration(
          absl::Seconds(interval.left_at().seconds() - interval.entered_at().seconds()));
    }
    table.Add({interval.stage(), Show(interval.entered_at()),
               interval.has_left_at() ? Show(interval.left_at()) : "", stayed, interval.left_to()});
  }
  PrintTable(app, table);
  return absl::OkStatus();
}

absl::Status Run(App& app, const Options& options) {
  DAYBOOK_ASSIGN_OR_RETURN(Client * client, app.Connect());
  if (!options.deal.empty()) return ShowDeal(app, *client, options);
  pb::GetStageDurationsRequest request;
  pb::GetStageDurationsResponse response;
  DAYBOOK_RETURN_IF_ERROR(SetAsOf(app, options.as_of, request.mutable_header()));
  if (!options.process.empty()) {
    DAYBOOK_ASSIGN_OR_RETURN(const auto* type, FindType("sales_process"));
    DAYBOOK_ASSIGN_OR_RETURN(*request.mutable_process_id(),
                             ResolveByTitle(*client, *type, options.process));
  }
  DAYBOOK_RETURN_IF_ERROR(
      client->Call("daybook.sales.v1.SalesBoardService/GetStageDurations", request, &response));
  if (app.options.format == OutputFormat::kJson) {
    PrintJson(response);
    return absl::OkStatus();
  }
  Names names(*client);
  Table table({{"Process"},
               {"Stage"},
               {"Stays", Align::kRight},
               {"Mean stay", Align::kRight},
               {"In it now", Align::kRight}});
  for (const auto& stage : response.stages()) {
    const std::string mean =
        stage.stays() == 0 ? ""
                           : HumanDuration(absl::Seconds(stage.total_seconds() / stage.stays()));
    table.Add({names.Title("sales_process", stage.process_id()), stage.stage(),
               absl::StrCat(stage.stays()), mean, absl::StrCat(stage.open())});
  }
  PrintTable(app, table);
  return absl::OkStatus();
}

}  // namespace

void AddBoardStages(Command& root, App& app) {
  auto options = std::make_shared<Options>();
  Command* verb = Noun(root, "board")->AddCommand("stages", "How long deals stay in each stage");
  verb->AddOption("deal", &options->deal, "One deal (id or subject): the stages it went through");
  verb->AddOption("--process", &options->process, "Stages of this sales process only (name or id)");
  verb->AddOption("--as-of", &options->as_of, "As it was then: a day, an instant, a position");
  SetAction(verb, app, options, &Run);
}

}  // namespace daybook::cli
