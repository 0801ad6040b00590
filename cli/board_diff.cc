// board diff sales: the bridge from the open pipeline of one day to that of another, and the deals
// behind its bars.

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

namespace daybook::cli {
namespace {

namespace pb = ::daybook::sales::v1;

struct Options {
  std::string board;
  std::string from;
  std::string to;
  std::string bar;
  Scope scope;
};

constexpr char kBarPrefix[] = "PIPELINE_BAR_";

std::string BarName(pb::PipelineBar bar) {
  std::string name = pb::PipelineBar_Name(bar).substr(sizeof(kBarPrefix) - 1);
  absl::AsciiStrToLower(&name);
  return absl::StrReplaceAll(name, {{"_", " "}});
}

absl::StatusOr<pb::PipelineBar> ParseBar(std::string text) {
  absl::AsciiStrToUpper(&text);
  pb::PipelineBar bar = pb::PIPELINE_BAR_UNSPECIFIED;
  if (pb::PipelineBar_Parse(absl::StrCat(kBarPrefix, absl::StrReplaceAll(text, {{" ", "_"}})),
                            &bar) &&
      bar != pb::PIPELINE_BAR_UNSPECIFIED) {
    return bar;
  }
  return absl::InvalidArgumentError(
      absl::StrCat("--bar ", text, ": name one of the bars that the bridge shows"));
}

std::string Amount(const App& app, const type::v1::MoneySum& sum) {
  return app.options.format == OutputFormat::kTable ? HumanMoney(sum) : PlainMoney(sum);
}

// One line for each currency.
template <class Amounts>
void AddLines(const App& app, const std::string& name, const std::string& moves, int64_t count,
              const Amounts& values, Table* table) {
  for (int i = 0; i < std::max(1, values.size()); ++i) {
    table->Add({i == 0 ? name : "", i == 0 ? moves : "", i == 0 ? absl::StrCat(count) : "",
                i < values.size() ? Amount(app, values[i]) : ""});
  }
}

Table BridgeTable(const App& app, const pb::GetPipelineBridgeResponse& bridge) {
  Table table(
      {{""}, {"Changes", Align::kRight}, {"Deals", Align::kRight}, {"Projected", Align::kRight}});
  AddLines(app, "open before", "", bridge.open_from().count(), bridge.open_from().value(), &table);
  for (const auto& bar : bridge.bars()) {
    AddLines(app, absl::StrCat("  ", BarName(bar.bar())), absl::StrCat(bar.moves()), bar.count(),
             bar.value(), &table);
  }
  AddLines(app, "open after", "", bridge.open_until().count(), bridge.open_until().value(), &table);
  return table;
}

absl::Status ShowMoves(App& app, Client& client, const Options& options,
                       const pb::GetPipelineBridgeRequest& bridge) {
  pb::ListPipelineMovesRequest request;
  *request.mutable_header() = bridge.header();
  *request.mutable_from() = bridge.from();
  request.set_owner_id(bridge.owner_id());
  request.set_process_id(bridge.process_id());
  request.set_page_size(1000);
  DAYBOOK_ASSIGN_OR_RETURN(const pb::PipelineBar bar, ParseBar(options.bar));
  request.set_bar(bar);
  Names names(client);
  Table table({{"Deal"},
               {"Subject"},
               {"Owner"},
               {"Position", Align::kRight},
               {"Projected", Align::kRight}});
  do {
    pb::ListPipelineMovesResponse page;
    DAYBOOK_RETURN_IF_ERROR(
        client.Call("daybook.sales.v1.PipelineAnalysisService/ListPipelineMoves", request, &page));
    // All pages at one moment.
    request.mutable_header()->set_as_of_position(page.read().position());
    request.set_page_token(page.next_page_token());
    if (app.options.format == OutputFormat::kJson) {
      PrintJson(page);
      continue;
    }
    for (const auto& move : page.moves()) {
      std::string value;
      for (const auto& money : move.value()) {
        absl::StrAppend(&value, value.empty() ? "" : ", ", Amount(app, money));
      }
      table.Add({move.opportunity_id(), move.subject(), names.Title("user", move.owner_id()),
                 absl::StrCat(move.position()), value});
    }
  } while (!request.page_token().empty());
  if (app.options.format != OutputFormat::kJson) PrintTable(app, table);
  return absl::OkStatus();
}

absl::Status Run(App& app, const Options& options) {
  if (options.board != "sales") {
    return absl::InvalidArgumentError(absl::StrCat("there is no board named \"", options.board,
                                                   "\" to compare; there is: sales"));
  }
  DAYBOOK_ASSIGN_OR_RETURN(Client * client, app.Connect());
  pb::GetPipelineBridgeRequest request;
  DAYBOOK_RETURN_IF_ERROR(SetAsOf(app, options.from, request.mutable_from()));
  DAYBOOK_RETURN_IF_ERROR(SetAsOf(app, options.to, request.mutable_header()));
  DAYBOOK_RETURN_IF_ERROR(ResolveScope(*client, options.scope, request.mutable_owner_id(),
                                       request.mutable_process_id()));
  if (!options.bar.empty()) return ShowMoves(app, *client, options, request);
  pb::GetPipelineBridgeResponse response;
  DAYBOOK_RETURN_IF_ERROR(client->Call("daybook.sales.v1.PipelineAnalysisService/GetPipelineBridge",
                                       request, &response));
  if (app.options.format == OutputFormat::kJson) {
    PrintJson(response);
    return absl::OkStatus();
  }
  PrintTable(app, BridgeTable(app, response));
  if (response.residual_count() != 0 || response.residual_value_size() > 0) {
    return absl::DataLossError(
        "the bars do not explain the difference; compare the views sales_board and pipeline_moves "
        "with `daybook view diff`, and please report it");
  }
  if (app.options.format == OutputFormat::kTable) {
    Print(absl::StrCat("\nfrom: ", DescribeRead(response.from()),
                       "\nto:   ", DescribeRead(response.read()), "\n",
                       "the deals behind a bar: --bar NAME\n"));
  }
  return absl::OkStatus();
}

}  // namespace

void AddBoardDiff(Command& root, App& app) {
  auto options = std::make_shared<Options>();
  Command* verb =
      Noun(root, "board")->AddCommand("diff", "What changed the open pipeline between two days");
  verb->AddOption("board", &options->board, "Which board: sales").Required();
  verb->AddOption("--from", &options->from,
                  "The earlier moment: a day (its end), an instant or a position")
      .Required();
  verb->AddOption("--to", &options->to, "The later moment; now otherwise");
  verb->AddOption("--bar", &options->bar,
                  "The deals behind one bar: created, raised, lowered, won, lost, abandoned, "
                  "reopened, transferred_in, transferred_out");
  AddOwnerAndProcess(verb, &options->scope);
  SetAction(verb, app, options, &Run);
}

}  // namespace daybook::cli
