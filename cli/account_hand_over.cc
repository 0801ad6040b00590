// account hand-over: gives all roles of a user at accounts to another one, over the command stream.
// Each run stands for itself, also a second one on the same day. What is refused can be put right,
// and a run that broke off be started again: what is handed over already is no longer listed.

#include <map>
#include <memory>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "cli/app.h"
#include "cli/bulk_commands.h"
#include "cli/command_line.h"
#include "cli/grpc_target.h"
#include "cli/pages.h"
#include "cli/records.h"
#include "cli/table.h"
#include "cli/terminal.h"
#include "cli/verb_action.h"
#include "cli/verbs.h"
#include "daybook/party/v1/responsibility_service.pb.h"
#include "domain/base/status_macros.h"
#include "domain/base/time.h"

namespace daybook::cli {
namespace {

namespace pb = ::daybook::party::v1;

struct Options {
  std::string from, to, day;
  bool dry_run = false;
};

// An account, and what the user is there.
struct Row {
  std::string account_id;
  std::vector<std::string> roles;
};

absl::StatusOr<std::vector<Row>> AccountsOf(Client& client, const std::string& user,
                                            absl::CivilDay day) {
  pb::ListAccountsOfRequest request;
  pb::ListAccountsOfResponse response;
  DAYBOOK_RETURN_IF_ERROR(ReadLatest(client, request.mutable_header()));
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
  for (auto& [account, names] : roles) rows.push_back({account, std::move(names)});
  return rows;
}

std::vector<std::unique_ptr<google::protobuf::Message>> Requests(const std::vector<Row>& rows,
                                                                 const std::string& from,
                                                                 const std::string& to,
                                                                 absl::CivilDay day) {
  std::vector<std::unique_ptr<google::protobuf::Message>> requests;
  for (const Row& row : rows) {
    auto request = std::make_unique<pb::HandOverAccountRequest>();
    SetNewHeader(request->mutable_header());
    request->set_id(row.account_id);
    request->set_from_user_id(from);
    request->set_to_user_id(to);
    *request->mutable_effective_from() = ToProto(day);
    requests.push_back(std::move(request));
  }
  return requests;
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
  DAYBOOK_ASSIGN_OR_RETURN(const std::vector<Row> rows, AccountsOf(*client, from, day));
  rpc::v1::ExecuteOptions execute;
  execute.set_dry_run(options.dry_run);
  std::vector<CommandOutcome> outcomes;
  const absl::Status sent =
      SendAll(*NewGrpcTarget(app, *client), execute, Requests(rows, from, to, day), &outcomes);
  const absl::string_view done = options.dry_run ? "would be handed over" : "handed over";
  Names names(*client);
  Table table({{"Account"}, {"Roles"}, {"Result"}, {"Id"}});
  for (size_t i = 0; i < rows.size(); ++i) {
    table.Add({names.Title("account", rows[i].account_id), absl::StrJoin(rows[i].roles, ", "),
               ResultText(outcomes[i], done), rows[i].account_id});
  }
  PrintTable(app, table);
  if (app.options.format == OutputFormat::kTable) {
    Print(absl::StrCat("\n", Grouped(static_cast<int64_t>(rows.size())), " accounts of ",
                       names.Title("user", from), " from ", FormatDay(day),
                       " on: ", Tally(outcomes, done), "\n"));
  }
  if (CountRefused(outcomes) > 0) app.exit_code = kExitRowsRejected;
  return sent;
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
