// process migrate: moves the open deals of a sales process to the version in force, over the
// command stream. Each run stands for itself. What is refused can be put right, and a run that
// broke off be started again: deals that were moved are no longer listed.

#include <memory>
#include <vector>

#include "absl/strings/str_cat.h"
#include "cli/app.h"
#include "cli/bulk_commands.h"
#include "cli/command_line.h"
#include "cli/grpc_target.h"
#include "cli/records.h"
#include "cli/table.h"
#include "cli/terminal.h"
#include "cli/verb_action.h"
#include "cli/verbs.h"
#include "daybook/sales/v1/opportunity_service.pb.h"
#include "daybook/setup/v1/sales_process_service.pb.h"
#include "domain/base/status_macros.h"

namespace daybook::cli {
namespace {

namespace pb = ::daybook::sales::v1;

struct Options {
  std::string process;
  bool dry_run = false;
};

absl::StatusOr<setup::v1::SalesProcess> ReadProcess(Client& client, const std::string& name) {
  DAYBOOK_ASSIGN_OR_RETURN(const auto* type, FindType("sales_process"));
  setup::v1::GetSalesProcessRequest request;
  setup::v1::GetSalesProcessResponse response;
  DAYBOOK_ASSIGN_OR_RETURN(*request.mutable_id(), ResolveByTitle(client, *type, name));
  DAYBOOK_RETURN_IF_ERROR(
      client.Call("daybook.setup.v1.SalesProcessService/GetSalesProcess", request, &response));
  return std::move(*response.mutable_sales_process());
}

// All open deals that follow another version, read at one position.
absl::StatusOr<std::vector<pb::Opportunity>> DealsToMove(Client& client,
                                                         const setup::v1::SalesProcess& process) {
  pb::ListOpportunitiesRequest request;
  DAYBOOK_RETURN_IF_ERROR(ReadLatest(client, request.mutable_header()));
  request.set_filter(absl::StrCat("process_id = ", FilterLiteral(process.id()),
                                  " AND state = OPEN AND archived = FALSE AND process_version != ",
                                  process.published_version()));
  request.set_page_size(1000);
  for (const char* field : {"id", "subject", "stage", "process_version"}) {
    request.mutable_field_mask()->add_paths(field);
  }
  std::vector<pb::Opportunity> deals;
  do {
    pb::ListOpportunitiesResponse page;
    DAYBOOK_RETURN_IF_ERROR(
        client.Call("daybook.sales.v1.OpportunityService/ListOpportunities", request, &page));
    for (auto& deal : *page.mutable_opportunities()) deals.push_back(std::move(deal));
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  return deals;
}

std::vector<std::unique_ptr<google::protobuf::Message>> Requests(
    const std::vector<pb::Opportunity>& deals) {
  std::vector<std::unique_ptr<google::protobuf::Message>> requests;
  for (const pb::Opportunity& deal : deals) {
    auto request = std::make_unique<pb::MigrateOpportunityProcessRequest>();
    SetNewHeader(request->mutable_header());
    request->set_id(deal.id());
    requests.push_back(std::move(request));
  }
  return requests;
}

std::string Place(const pb::Opportunity& deal) {
  return absl::StrCat("v", deal.process_version(), " ", deal.stage());
}

// Where the deal stands after the command. Answers that came a second time are without it.
std::string NewPlace(const CommandOutcome& outcome) {
  pb::MigrateOpportunityProcessResponse response;
  if (outcome.response.empty() || !response.ParseFromString(outcome.response)) return "";
  return Place(response.opportunity());
}

absl::Status Run(App& app, const Options& options) {
  DAYBOOK_ASSIGN_OR_RETURN(Client * client, app.Connect());
  DAYBOOK_ASSIGN_OR_RETURN(const auto process, ReadProcess(*client, options.process));
  DAYBOOK_ASSIGN_OR_RETURN(const std::vector<pb::Opportunity> deals, DealsToMove(*client, process));
  rpc::v1::ExecuteOptions execute;
  execute.set_dry_run(options.dry_run);
  std::vector<CommandOutcome> outcomes;
  const absl::Status sent =
      SendAll(*NewGrpcTarget(app, *client), execute, Requests(deals), &outcomes);
  const absl::string_view done = options.dry_run ? "would move" : "moved";
  Table table({{"Deal"}, {"Subject"}, {"From"}, {"To"}, {"Result"}});
  for (size_t i = 0; i < deals.size(); ++i) {
    table.Add({deals[i].id(), deals[i].subject(), Place(deals[i]), NewPlace(outcomes[i]),
               ResultText(outcomes[i], done)});
  }
  PrintTable(app, table);
  if (app.options.format == OutputFormat::kTable) {
    Print(absl::StrCat("\n", Grouped(static_cast<int64_t>(deals.size())), " open deals of ",
                       process.name(), " were not in version ", process.published_version(), ": ",
                       Tally(outcomes, done), "\n"));
  }
  if (CountRefused(outcomes) > 0) app.exit_code = kExitRowsRejected;
  return sent;
}

}  // namespace

void AddProcessMigrate(Command& root, App& app) {
  auto options = std::make_shared<Options>();
  Command* verb =
      Noun(root, "process")
          ->AddCommand("migrate", "Move the open deals of a process to its version in force");
  verb->AddOption("process", &options->process, "Name or id").Required();
  verb->AddFlag("--dry-run", &options->dry_run, "Only show where they would go");
  SetAction(verb, app, options, &Run);
}

}  // namespace daybook::cli
