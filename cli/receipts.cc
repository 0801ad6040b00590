#include "cli/receipts.h"

#include <cstdio>

#include "absl/strings/str_cat.h"

namespace daybook::cli {

bool Unchanged(const rpc::v1::Receipt& receipt) {
  return receipt.replayed() || receipt.events() == 0;
}

std::string DoneOrAlready(absl::string_view done, const rpc::v1::Receipt& receipt) {
  return absl::StrCat(done, Unchanged(receipt) ? " already" : "");
}

void NoteUnchanged(const rpc::v1::Receipt& receipt) {
  if (!Unchanged(receipt)) return;
  std::fputs(receipt.replayed() ? "unchanged: this request had been carried out before\n"
                                : "unchanged: it already was so\n",
             stderr);
}

}  // namespace daybook::cli
