// The files of a views database that is not open, and what lies beside its tables.

#include <rocksdb/db.h>
#include <rocksdb/env.h>

#include "domain/base/status_macros.h"
#include "projections/database.h"

namespace daybook::projections {

namespace {

constexpr size_t kProbeChunkBytes = 1 << 20;

}  // namespace

void Database::RemoveLeftovers(rocksdb::Env* env, const std::string& path) {
  const std::string build = path + "/build";
  std::vector<std::string> leftovers;
  env->GetChildren(build, &leftovers).PermitUncheckedError();
  for (const std::string& name : leftovers) {
    env->DeleteFile(build + "/" + name).PermitUncheckedError();
  }
}

absl::Status Database::Drop(const std::string& path, const ViewsOptions& options) {
  if (options.in_memory) return absl::OkStatus();  // gone already
  rocksdb::Options drop;
  if (options.env != nullptr) drop.env = options.env;
  RemoveLeftovers(drop.env, path);
  return FromOpening(rocksdb::DestroyDB(path, drop), path);
}

absl::Status Database::Probe(const std::string& path, const ViewsOptions& options, uint64_t bytes) {
  if (options.in_memory) return absl::OkStatus();
  rocksdb::Env* const env = options.env != nullptr ? options.env : rocksdb::Env::Default();
  const std::string directory = path + "/build", file_name = directory + "/probe";
  env->CreateDirIfMissing(path).PermitUncheckedError();
  env->CreateDirIfMissing(directory).PermitUncheckedError();
  std::unique_ptr<rocksdb::WritableFile> file;
  rocksdb::Status status = env->NewWritableFile(file_name, &file, rocksdb::EnvOptions());
  const std::string chunk(kProbeChunkBytes, 'p');
  for (uint64_t written = 0; status.ok() && written < bytes; written += chunk.size()) {
    status = file->Append(chunk);
  }
  if (status.ok()) status = file->Sync();
  if (file != nullptr) {
    const rocksdb::Status closed = file->Close();
    if (status.ok()) status = closed;
  }
  env->DeleteFile(file_name).PermitUncheckedError();
  return FromRocks(status, "write a probe");
}

}  // namespace daybook::projections
