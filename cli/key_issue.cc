// key issue, key revoke, key list: credentials of programs and operators.

#include <fcntl.h>
#include <unistd.h>

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "cli/app.h"
#include "cli/command_line.h"
#include "cli/files.h"
#include "cli/receipts.h"
#include "cli/records.h"
#include "cli/table.h"
#include "cli/verb_action.h"
#include "cli/verbs.h"
#include "daybook/admin/v1/api_key_service.pb.h"
#include "domain/base/clock.h"
#include "domain/base/status_macros.h"
#include "services/engine/bootstrap.h"

namespace daybook::cli {
namespace {

namespace pb = ::daybook::admin::v1;

struct IssueOptions {
  std::string name;
  std::string role = "reader";
  std::string user;
  std::string out_file;
  std::string data_dir;
};

// The server is stopped, and whoever may write the directory needs no other permission.
absl::StatusOr<std::string> IssueOffline(const IssueOptions& options) {
  KeepFilesPrivate();
  services::OfflineKey key;
  key.data_dir = options.data_dir;
  key.name = options.name;
  key.administrator = options.role == "admin";
  key.user_id = options.user;
  SystemClock clock;
  SystemRandom random;
  return services::IssueKeyOffline(key, clock, random);
}

absl::StatusOr<pb::IssueApiKeyResponse> IssueByServer(App& app, const IssueOptions& options) {
  DAYBOOK_ASSIGN_OR_RETURN(Client * client, app.Connect());
  pb::IssueApiKeyRequest request;
  pb::IssueApiKeyResponse response;
  SetNewHeader(request.mutable_header());
  request.set_name(options.name);
  request.set_role(options.role == "admin" ? pb::API_ROLE_ADMIN : pb::API_ROLE_READER);
  if (!options.user.empty()) {
    DAYBOOK_ASSIGN_OR_RETURN(*request.mutable_user_id(), ResolveUser(*client, options.user));
  }
  DAYBOOK_RETURN_IF_ERROR(
      client->Call("daybook.admin.v1.ApiKeyService/IssueApiKey", request, &response));
  return response;
}

absl::Status Issue(App& app, const IssueOptions& options) {
  pb::IssueApiKeyResponse response;
  std::optional<SecretFile> out;
  if (!options.out_file.empty()) {
    DAYBOOK_ASSIGN_OR_RETURN(SecretFile file, SecretFile::Create(options.out_file));
    out.emplace(std::move(file));
  }
  if (options.data_dir.empty()) {
    DAYBOOK_ASSIGN_OR_RETURN(response, IssueByServer(app, options));
  } else {
    DAYBOOK_ASSIGN_OR_RETURN(*response.mutable_key(), IssueOffline(options));
  }
  if (out.has_value()) {
    DAYBOOK_RETURN_IF_ERROR(out->Write(absl::StrCat(response.key(), "\n")));
    response.clear_key();
  }
  if (app.options.format == OutputFormat::kJson) {
    PrintJson(response);
    return absl::OkStatus();
  }
  if (!options.out_file.empty()) {
    const std::string& id = response.api_key().id();
    Print(absl::StrCat("key ", id, id.empty() ? "" : " ", "written to ", options.out_file, "\n"));
    return absl::OkStatus();
  }
  Print(absl::StrCat(response.key(), "\n"));
  if (app.options.format == OutputFormat::kTable && isatty(STDERR_FILENO) == 1) {
    std::fputs("This is the only time the key is shown.\n", stderr);
  }
  return absl::OkStatus();
}

absl::Status Revoke(App& app, const std::string& id) {
  DAYBOOK_ASSIGN_OR_RETURN(Client * client, app.Connect());
  DAYBOOK_ASSIGN_OR_RETURN(const auto* type, FindType("api_key"));
  pb::RevokeApiKeyRequest request;
  pb::RevokeApiKeyResponse response;
  SetNewHeader(request.mutable_header());
  DAYBOOK_ASSIGN_OR_RETURN(*request.mutable_id(), ResolveByTitle(*client, *type, id));
  DAYBOOK_RETURN_IF_ERROR(
      client->Call("daybook.admin.v1.ApiKeyService/RevokeApiKey", request, &response));
  if (app.options.format == OutputFormat::kJson) {
    PrintJson(response);
    return absl::OkStatus();
  }
  Print(absl::StrCat("key ", request.id(), " is ", DoneOrAlready("revoked", response.receipt()),
                     "\n"));
  return absl::OkStatus();
}

absl::Status List(App& app) {
  DAYBOOK_ASSIGN_OR_RETURN(Client * client, app.Connect());
  pb::ListApiKeysRequest request;
  request.set_page_size(1000);
  Table table({{"Id"}, {"Name"}, {"Role"}, {"User"}, {"Hash prefix"}, {"Revoked"}});
  Names names(*client);
  do {
    pb::ListApiKeysResponse page;
    DAYBOOK_RETURN_IF_ERROR(
        client->Call("daybook.admin.v1.ApiKeyService/ListApiKeys", request, &page));
    if (app.options.format == OutputFormat::kJson) PrintJson(page);
    for (const auto& key : page.api_keys()) {
      table.Add({key.id(), key.name(), key.role() == pb::API_ROLE_ADMIN ? "admin" : "reader",
                 names.Title("user", key.user_id()), key.prefix(), key.revoked() ? "yes" : ""});
    }
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  if (app.options.format != OutputFormat::kJson) PrintTable(app, table);
  return absl::OkStatus();
}

}  // namespace

void AddKeyVerbs(Command& root, App& app) {
  Command* noun = Noun(root, "key");
  auto options = std::make_shared<IssueOptions>();
  Command* issue = noun->AddCommand("issue", "Issue a key; its text is shown once");
  issue->AddOption("--name", &options->name, "What the key is for").Required();
  issue->AddOption("--role", &options->role, "admin or reader").OneOf({"admin", "reader"});
  issue->AddOption("--user", &options->user,
                   "Commands are recorded as done by this user (name or id)");
  issue->AddOption("--data-dir", &options->data_dir,
                   "Issue it in this data directory, without its server, which is stopped; --user "
                   "is an id then");
  issue->AddOption("--out", &options->out_file, "Write the key to this new file, mode 0600");
  SetAction(issue, app, options, &Issue);

  auto id = std::make_shared<std::string>();
  Command* revoke = noun->AddCommand("revoke", "End a key at once and for good");
  revoke->AddOption("key", id.get(), "Id or name of the key").Required();
  SetAction(revoke, app, id, &Revoke);

  Command* list = noun->AddCommand("list", "All keys, without their secrets");
  list->SetAction([&app] { return List(app); });
}

}  // namespace daybook::cli
