// account hand-over: gives all roles of a user at accounts to another one, over the command stream.
// The request id of each account follows from account, users and day, so running it twice is once;
// what is refused can be put right and the verb run again.

#include <map>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "cli/app.h"
#include "cli/client_status.h"
#include "cli/command_line.h"
#include "cli/grpc_target.h"
#include "cli/import/command_pipeline.h"
#include "cli/pages.h"
#include "cli/records.h"
#include "cli/table.h"
#include "cli/terminal.h"
#include "cli/verb_action.h"
#include "cli/verbs.h"
#include "daybook/party/v1/responsibility_service.pb.h"
#include "domain/base/status_macros.h"
#include "domain/base/time.h"
#include "domain/base/uuid.h"

namespace daybook::cli {
namespace {

namespace pb = ::daybook::party::v1;

struct Options {
  std::string from, to, day;
  bool dry_run = false;
};

// One account, and what became of it.
struct Row {
  std::string account_id;
  std::vector<std::string> roles;
  absl::Status status;
};

absl::StatusOr<std::vector<Row>> AccountsOf(Client& client, const std::string& user,
                                            absl::CivilDay day) {
  pb::ListAccountsOfRequest request;
  pb::ListAccountsOfResponse response;
  request.set_user_id(user);
  *request.mutable_day() = ToProto(day);
  DAYBOOK_RETURN_IF_ERROR(CallPages(client, "daybook.party.v1.ResponsibilityService/ListAccountsOf",
                                    request, &response));
  std::map<std::string, std::vector<std::string>> roles;
  for (const pb::HeldRole& held : response.roles()) {
    roles[held.account_id()].push_back(
        domain::EnumValueName(*pb::AccountRole_descriptor(), held.role()));
  }
  std::vector<Row> rows;
  for (auto& [account, names] : roles) rows.push_back({account, std::move(names), {}});
  return rows;
}

absl::Status Send(ImportTarget& target, const std::string& from, const std::string& to,
                  absl::CivilDay day, bool dry_run, std::vector<Row>* rows) {
  rpc::v1::ExecuteOptions execute;
  execute.set_dry_run(dry_run);
  CommandPipeline pipeline(target.Execute(""), execute, [&](const rpc::v1::CommandResult& result) {
    if (result.code() == 0) return;
    (*rows)[result.index()].status = FromStatusBytes(result.code(), result.status());
  });
  absl::Status sent;
  for (uint64_t i = 0; i < rows->size() && sent.ok(); ++i) {
    pb::HandOverAccountRequest request;
    DAYBOOK_ASSIGN_OR_RETURN(const Uuid id, Uuid::Parse((*rows)[i].account_id));
    request.mutable_header()->set_request_id(
        Uuid::MakeV5(id, absl::StrCat("hand-over/", from, "/", to, "/", FormatDay(day)))
            .ToString());
    request.set_id((*rows)[i].account_id);
    request.set_from_user_id(from);
    request.set_to_user_id(to);
    *request.mutable_effective_from() = ToProto(day);
    sent = pipeline.Send(i, request);
  }
  return pipeline.Finish();
}

absl::Status Run(App& app, const Options& options) {
  DAYBOOK_ASSIGN_OR_RETURN(Client * client, app.Connect());
  DAYBOOK_ASSIGN_OR_RETURN(const std::string from, ResolveUser(*client, options.from));
  DAYBOOK_ASSIGN_OR_RETURN(const std::string to, ResolveUser(*client, options.to));
  DAYBOOK_ASSIGN_OR_RETURN(const absl::TimeZone zone, app.Zone());
  absl::CivilDay day = absl::ToCivilDay(absl::Now(), zone);
  if (!options.day.empty()) {
    DAYBOOK_ASSIGN_OR_RETURN(day, ParseDay(options.day));
  }
  DAYBOOK_ASSIGN_OR_RETURN(std::vector<Row> rows, AccountsOf(*client, from, day));
  const auto target = NewGrpcTarget(app, *client);
  if (!rows.empty()) {
    DAYBOOK_RETURN_IF_ERROR(Send(*target, from, to, day, options.dry_run, &rows));
  }
  Names names(*client);
  Table table({{"Account"}, {"Roles"}, {"Result"}, {"Id"}});
  int64_t refused = 0;
  for (const Row& row : rows) {
    refused += row.status.ok() ? 0 : 1;
    table.Add({names.Title("account", row.account_id), absl::StrJoin(row.roles, ", "),
               !row.status.ok()  ? std::string(row.status.message())
               : options.dry_run ? "would be handed over"
                                 : "handed over",
               row.account_id});
  }
  PrintTable(app, table);
  if (app.options.format == OutputFormat::kTable) {
    Print(absl::StrCat("\n", Grouped(static_cast<int64_t>(rows.size())), " accounts of ",
                       names.Title("user", from), " from ", FormatDay(day), " on, ",
                       Grouped(refused), " refused\n"));
  }
  if (refused > 0) app.exit_code = kExitRowsRejected;
  return absl::OkStatus();
}

}  // namespace

void AddAccountHandOver(Command& root, App& app) {
  auto options = std::make_shared<Options>();
  Command* verb =
      Noun(root, "account")
          ->AddCommand("hand-over", "Give all roles of a user at accounts to another one");
  verb->AddOption("--from", &options->from, "Who has the roles (name or id)").Required();
  verb->AddOption("--to", &options->to, "Who gets them (name or id)").Required();
  verb->AddOption("--day", &options->day, "From this day on; without it from today on");
  verb->AddFlag("--dry-run", &options->dry_run, "Show and check, and change nothing");
  SetAction(verb, app, options, &Run);
}

}  // namespace daybook::cli
