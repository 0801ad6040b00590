#pragma once

// What receipts say: whether a command did something now.

#include <string>

#include "absl/strings/string_view.h"
#include "daybook/rpc/v1/headers.pb.h"

namespace daybook::cli {

// Nothing was written now: the record already was as asked, or the request had been carried out
// before.
bool Unchanged(const rpc::v1::Receipt& receipt);

// For sentences that tell what was done: "revoked", or "revoked already" where nothing was.
std::string DoneOrAlready(absl::string_view done, const rpc::v1::Receipt& receipt);

// For verbs that print the record after the command: a line on stderr where nothing was changed.
void NoteUnchanged(const rpc::v1::Receipt& receipt);

}  // namespace daybook::cli
