// process migrate: moves the open deals of a sales process to the version in force, over the
// command stream. Each deal's request id follows from the deal and the version, so running it twice
// is once; what is refused can be put right and the verb run again.

#include <vector>

#include "absl/strings/str_cat.h"
#include "cli/app.h"
#include "cli/client_status.h"
#include "cli/command_line.h"
#include "cli/grpc_target.h"
#include "cli/import/command_pipeline.h"
#include "cli/records.h"
#include "cli/table.h"
#include "cli/terminal.h"
#include "cli/verb_action.h"
#include "cli/verbs.h"
#include "daybook/sales/v1/opportunity_service.pb.h"
#include "daybook/setup/v1/sales_process_service.pb.h"
#include "domain/base/status_macros.h"
#include "domain/base/uuid.h"

namespace daybook::cli {
namespace {

namespace pb = ::daybook::sales::v1;

struct Options {
  std::string process;
  bool dry_run = false;
};

// One deal of another version, and what became of it.
struct Row {
  pb::Opportunity deal;
  absl::Status status;
  bool answered = false;
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
absl::StatusOr<std::vector<Row>> DealsToMove(Client& client,
                                             const setup::v1::SalesProcess& process) {
  pb::ListOpportunitiesRequest request;
  request.set_filter(absl::StrCat("process_id = ", FilterLiteral(process.id()),
                                  " AND state = OPEN AND archived = FALSE AND process_version != ",
                                  process.published_version()));
  request.set_page_size(1000);
  for (const char* field : {"id", "subject", "stage", "process_version"}) {
    request.mutable_field_mask()->add_paths(field);
  }
  std::vector<Row> rows;
  do {
    pb::ListOpportunitiesResponse page;
    DAYBOOK_RETURN_IF_ERROR(
        client.Call("daybook.sales.v1.OpportunityService/ListOpportunities", request, &page));
    for (auto& deal : *page.mutable_opportunities()) rows.push_back({std::move(deal), {}, false});
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  return rows;
}

// Sends one command for each row and keeps the answers.
absl::Status Send(ImportTarget& target, uint32_t version, bool dry_run, std::vector<Row>* rows) {
  rpc::v1::ExecuteOptions execute;
  execute.set_dry_run(dry_run);
  Progress progress("moving deals", "deals");
  CommandPipeline pipeline(target.Execute(""), execute, [&](const rpc::v1::CommandResult& result) {
    Row& row = (*rows)[result.index()];
    row.answered = true;
    if (result.code() != 0) row.status = FromStatusBytes(result.code(), result.status());
    // Answers that were stored before come without the deal.
    pb::MigrateOpportunityProcessResponse response;
    if (!result.response().empty() && response.ParseFromString(result.response())) {
      row.deal.set_process_version(response.opportunity().process_version());
      row.deal.set_stage(response.opportunity().stage());
    }
  });
  absl::Status sent;
  for (uint64_t i = 0; i < rows->size() && sent.ok(); ++i) {
    pb::MigrateOpportunityProcessRequest request;
    DAYBOOK_ASSIGN_OR_RETURN(const Uuid id, Uuid::Parse((*rows)[i].deal.id()));
    request.mutable_header()->set_request_id(
        Uuid::MakeV5(id, absl::StrCat("process-migrate/", version)).ToString());
    request.set_id((*rows)[i].deal.id());
    sent = pipeline.Send(i, request);
    progress.Update(i, rows->size());
  }
  const absl::Status finished = pipeline.Finish();
  progress.Finish();
  return finished;
}

absl::Status Run(App& app, const Options& options) {
  DAYBOOK_ASSIGN_OR_RETURN(Client * client, app.Connect());
  DAYBOOK_ASSIGN_OR_RETURN(const auto process, ReadProcess(*client, options.process));
  DAYBOOK_ASSIGN_OR_RETURN(std::vector<Row> rows, DealsToMove(*client, process));
  std::vector<pb::Opportunity> before;
  for (const Row& row : rows) before.push_back(row.deal);
  const auto target = NewGrpcTarget(app, *client);
  if (!rows.empty()) {
    DAYBOOK_RETURN_IF_ERROR(Send(*target, process.published_version(), options.dry_run, &rows));
  }
  Table table({{"Deal"}, {"Subject"}, {"From"}, {"To"}, {"Result"}});
  size_t refused = 0;
  for (size_t i = 0; i < rows.size(); ++i) {
    const Row& row = rows[i];
    refused += row.status.ok() ? 0 : 1;
    const auto place = [](const pb::Opportunity& deal) {
      return absl::StrCat("v", deal.process_version(), " ", deal.stage());
    };
    table.Add({row.deal.id(), row.deal.subject(), place(before[i]),
               row.status.ok() ? place(row.deal) : "",
               !row.status.ok()  ? std::string(row.status.message())
               : options.dry_run ? "would move"
                                 : "moved"});
  }
  PrintTable(app, table);
  if (app.options.format == OutputFormat::kTable) {
    Print(absl::StrCat("\n", Grouped(static_cast<int64_t>(rows.size())), " open deals of ",
                       process.name(), " were not in version ", process.published_version(), ", ",
                       Grouped(static_cast<int64_t>(refused)), " refused\n"));
  }
  if (refused > 0) app.exit_code = kExitRowsRejected;
  return absl::OkStatus();
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
