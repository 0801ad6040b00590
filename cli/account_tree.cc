// account tree: an account with what is above and below it.

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "cli/app.h"
#include "cli/command_line.h"
#include "cli/records.h"
#include "cli/table.h"
#include "cli/terminal.h"
#include "cli/verb_action.h"
#include "cli/verbs.h"
#include "daybook/party/v1/account_service.pb.h"
#include "domain/base/status_macros.h"

namespace daybook::cli {
namespace {

namespace pb = ::daybook::party::v1;

struct Options {
  std::string account;
  std::string as_of;
  int depth = 0;
};

// Whether another node of the level follows before the tree comes back up.
bool HasSibling(const pb::GetAccountTreeResponse& tree, int from, int level) {
  for (int i = from + 1; i < tree.subtree_size() && tree.subtree(i).level() >= level; ++i) {
    if (tree.subtree(i).level() == level) return true;
  }
  return false;
}

std::string Draw(const pb::GetAccountTreeResponse& tree) {
  std::string out;
  if (!tree.ancestors().empty()) {
    for (const auto& node : tree.ancestors()) absl::StrAppend(&out, Printable(node.name()), " › ");
    absl::StrAppend(&out, "\n");
  }
  std::vector<bool> open;  // by level: a branch goes on below
  for (int i = 0; i < tree.subtree_size(); ++i) {
    const auto& node = tree.subtree(i);
    const auto level = static_cast<size_t>(std::max(0, node.level()));
    open.resize(level + 1);
    open[level] = HasSibling(tree, i, node.level());
    for (size_t l = 1; l < level; ++l) absl::StrAppend(&out, open[l] ? "│  " : "   ");
    if (level > 0) absl::StrAppend(&out, open[level] ? "├─ " : "└─ ");
    absl::StrAppend(&out, Printable(node.name()), "\n");
  }
  return out;
}

absl::Status Run(App& app, const Options& options) {
  DAYBOOK_ASSIGN_OR_RETURN(Client * client, app.Connect());
  pb::GetAccountTreeRequest request;
  pb::GetAccountTreeResponse response;
  DAYBOOK_RETURN_IF_ERROR(SetAsOf(app, options.as_of, request.mutable_header()));
  DAYBOOK_ASSIGN_OR_RETURN(const auto* type, FindType("account"));
  DAYBOOK_ASSIGN_OR_RETURN(*request.mutable_id(), ResolveByTitle(*client, *type, options.account));
  request.set_depth(options.depth);
  DAYBOOK_RETURN_IF_ERROR(
      client->Call("daybook.party.v1.AccountService/GetAccountTree", request, &response));
  if (app.options.format == OutputFormat::kJson) {
    PrintJson(response);
    return absl::OkStatus();
  }
  if (app.options.format == OutputFormat::kTable) {
    Print(Draw(response));
    return absl::OkStatus();
  }
  Table table({{"level"}, {"id"}, {"name"}, {"parent_id"}});
  for (const auto& node : response.subtree()) {
    table.Add({absl::StrCat(node.level()), node.id(), node.name(), node.parent_id()});
  }
  PrintTable(app, table);
  return absl::OkStatus();
}

}  // namespace

void AddAccountTree(Command& root, App& app) {
  auto options = std::make_shared<Options>();
  Command* verb = Noun(root, "account")->AddCommand("tree", "An account and all below it");
  verb->AddOption("account", &options->account, "Name or id").Required();
  verb->AddOption("--depth", &options->depth, "Levels below it; 0: all").NonNegative();
  verb->AddOption("--as-of", &options->as_of, "As it was then: a day, an instant, a position");
  SetAction(verb, app, options, &Run);
}

}  // namespace daybook::cli
