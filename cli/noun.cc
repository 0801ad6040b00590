#include <map>

#include "cli/verbs.h"

namespace daybook::cli {

Command* Noun(Command& root, const std::string& name) {
  static const std::map<std::string, std::string> kDescriptions = {
      {"account", "Accounts: trees, cards, roles, classes"},
      {"brand", "Brands and their accounts"},
      {"clock", "The server's clock against the log"},
      {"contact", "Contacts: former colleagues, ways to others"},
      {"activity", "Plan, log and end calls, meetings and tasks"},
      {"analysis", "What became of the deals of a period"},
      {"board", "Boards and totals in numbers, now and as of any past moment"},
      {"calendar", "Activities as calendar text"},
      {"chart", "Org charts, relations and buying centers, also as pictures"},
      {"deal", "Lines, value and people of a deal"},
      {"demo", "A generated organisation to try things on"},
      {"import", "Bring data in by plan"},
      {"key", "API keys"},
      {"lead", "How leads fare"},
      {"log", "The event log"},
      {"process", "Sales processes: deals into the next version, fixed labels"},
      {"product", "Products and what was sold of them"},
      {"project", "Outreach and assignment projects, their customers"},
      {"record", "Records of every type: get, list, history"},
      {"restore", "Older copies of a data directory"},
      {"review", "Lost deals, checked by consultant groups"},
      {"stream", "The events of one record"},
      {"timeline", "What happened to a record, newest first"},
      {"todo", "What is to be done"},
      {"view", "The read views and their upkeep"},
  };
  if (Command* noun = root.FindCommand(name)) return noun;
  const auto description = kDescriptions.find(name);
  Command* noun =
      root.AddCommand(name, description == kDescriptions.end() ? "" : description->second);
  noun->RequireCommand();
  return noun;
}

}  // namespace daybook::cli
