#include "eventstore/rocks_key_store.h"

#include <rocksdb/filter_policy.h>
#include <rocksdb/table.h>
#include <rocksdb/write_batch.h>

#include <algorithm>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "domain/base/error.h"
#include "domain/base/status_macros.h"
#include "domain/base/strings.h"
#include "eventstore/hash.h"
#include "eventstore/log_format.h"
#include "eventstore/rocks_log.h"

namespace daybook::eventstore {
namespace {

// Rows. DO NOT CHANGE: on disk.
const char kFormatRow[] = "f";  // u32 version, log id
const char kCountRow[] = "n";   // u64 changes ever made, u64 rows of the kinds below
const char kClaimKeyRow[] = "i/claim";
const char kTokenKeyRow[] = "i/token";
constexpr char kSubject = 'p';         // + uuid -> key id, or nothing once it is destroyed
constexpr char kKey = 'k';             // + key id -> wrapped key, or nothing once it is destroyed
constexpr char kSecret = 's';          // + uuid -> hash
const char kClaimKindPrefix[] = "c/";  // + kind -> u16

constexpr size_t kCachedKeys = 1 << 16;
constexpr size_t kNonceBytes = 12;
constexpr size_t kClaimKindsMax = 65'535;
constexpr size_t kClaimKindBytesMax = 200;
constexpr size_t kTokenBytesMax = 16 << 10;
constexpr size_t kWriteBufferBytes = 8 << 20;
constexpr int kOpenFilesMax = 64;  // descriptors
constexpr absl::string_view kTokenAad = "daybook-token/1";

std::string Row(char prefix, absl::string_view id) {
  return absl::StrCat(absl::string_view(&prefix, 1), id);
}

absl::Status Damaged(absl::string_view what) {
  return Reject(Reason::REASON_DATA_LOSS, absl::StrCat("the key store is damaged: ", what));
}

rocksdb::Options KeyOptions(rocksdb::Env* env) {
  rocksdb::Options options(CommonDbOptions(env), rocksdb::ColumnFamilyOptions());
  rocksdb::BlockBasedTableOptions table;
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  table.format_version = 5;
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  options.write_buffer_size = kWriteBufferBytes;
  options.max_open_files = kOpenFilesMax;
  options.compression = rocksdb::kNoCompression;  // wrapped keys do not shrink
  options.memtable_protection_bytes_per_key = 8;
  return options;
}

rocksdb::WriteOptions WriteWith(bool sync) {
  rocksdb::WriteOptions write;
  write.sync = sync;
  write.protection_bytes_per_key = 8;
  return write;
}

template <typename Key>
const PersonKey& Remember(RecentMap<Key, PersonKey>* map, const Key& key, const PersonKey& value) {
  map->Age();
  return map->Put(key, value);
}

}  // namespace

RocksKeyStore::RocksKeyStore(KeyEncryption kek, Random& random, std::unique_ptr<rocksdb::Env> env)
    : kek_(std::move(kek)),
      random_(random),
      env_(std::move(env)),
      by_subject_(kCachedKeys),
      by_id_(kCachedKeys),
      claim_kinds_(kClaimKindsMax) {}

RocksKeyStore::~RocksKeyStore() {
  if (db_ != nullptr) db_->Close();
}

absl::StatusOr<std::unique_ptr<RocksKeyStore>> RocksKeyStore::Create(
    const std::string& path, const Uuid& log_id, KeyEncryption kek, Random& random,
    std::unique_ptr<rocksdb::Env> env) {
  std::unique_ptr<RocksKeyStore> keys(new RocksKeyStore(std::move(kek), random, std::move(env)));
  DAYBOOK_RETURN_IF_ERROR(keys->OpenDb(path, true, Access::kReadWrite));
  DAYBOOK_RETURN_IF_ERROR(keys->Initialise(log_id));
  return keys;
}

absl::StatusOr<std::unique_ptr<RocksKeyStore>> RocksKeyStore::Open(const std::string& path,
                                                                   const Uuid& log_id,
                                                                   KeyEncryption kek,
                                                                   Random& random, Access access) {
  std::unique_ptr<RocksKeyStore> keys(new RocksKeyStore(std::move(kek), random, nullptr));
  DAYBOOK_RETURN_IF_ERROR(keys->OpenDb(path, false, access));
  DAYBOOK_RETURN_IF_ERROR(keys->Load(log_id));
  return keys;
}

absl::Status RocksKeyStore::OpenDb(const std::string& path, bool create, Access access) {
  rocksdb::Options options = KeyOptions(env_.get());
  options.create_if_missing = create;
  options.error_if_exists = create;
  if (access == Access::kPointInTime) {
    options.wal_recovery_mode = rocksdb::WALRecoveryMode::kPointInTimeRecovery;
  }
  rocksdb::DB* db = nullptr;
  const rocksdb::Status status = access == Access::kReadOnly
                                     ? rocksdb::DB::OpenForReadOnly(options, path, &db)
                                     : rocksdb::DB::Open(options, path, &db);
  db_.reset(db);
  return FromRocks(status, absl::StrCat("opening the keys in ", path));
}

absl::Status RocksKeyStore::Initialise(const Uuid& log_id) {
  rocksdb::WriteBatch batch;
  std::string format;
  AppendU32(&format, kFormatVersion);
  format.append(log_id.bytes().data(), Uuid::kBytes);
  batch.Put(kFormatRow, format);
  for (const char* row : {kClaimKeyRow, kTokenKeyRow}) {
    batch.Put(row, kek_.Wrap(row, random_.Bytes(kKeyBytes), random_));
  }
  DAYBOOK_RETURN_IF_ERROR(
      FromRocks(db_->Write(WriteWith(true), &batch), "writing the installation's keys"));
  return Load(log_id);
}

absl::Status RocksKeyStore::Load(const Uuid& log_id) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::optional<std::string> format, Get(kFormatRow));
  if (!format.has_value() || format->size() != 4 + Uuid::kBytes) {
    return Damaged("its format row is missing");
  }
  if (LoadU32(format->data()) != kFormatVersion ||
      Uuid::FromBytes(absl::string_view(*format).substr(4)) != log_id) {
    return Reject(Reason::REASON_DATA_DIRECTORY, "the keys belong to another log or format");
  }
  DAYBOOK_ASSIGN_OR_RETURN(claim_key_, LoadInstallationKey(kClaimKeyRow));
  DAYBOOK_ASSIGN_OR_RETURN(token_key_, LoadInstallationKey(kTokenKeyRow));
  DAYBOOK_ASSIGN_OR_RETURN(const std::optional<std::string> count, Get(kCountRow));
  if (count.has_value()) {
    if (count->size() != 16) return Damaged("its count of changes");
    changes_ = LoadU64(count->data());
    rows_ = LoadU64(count->data() + 8);
  }
  return LoadRows();
}

// Reads all rows: a file that is missing takes its rows with it, and without its key a person would
// look erased.
absl::Status RocksKeyStore::LoadRows() {
  uint64_t found = 0;
  rocksdb::ReadOptions read;
  read.fill_cache = false;
  const std::unique_ptr<rocksdb::Iterator> rows(db_->NewIterator(read));
  for (rows->SeekToFirst(); rows->Valid(); rows->Next()) {
    const char kind = rows->key().empty() ? '\0' : rows->key()[0];
    if (kind == kSubject || kind == kKey || kind == kSecret) ++found;
    if (!rows->key().starts_with(kClaimKindPrefix)) continue;
    ++found;
    if (rows->value().size() != 2) return Damaged("a claim kind");
    const uint16_t number = LoadU16(rows->value().data());
    next_claim_kind_ = std::max<uint32_t>(next_claim_kind_, number + 1u);
    claim_kinds_.Put(rows->key().ToString().substr(2), number);
  }
  DAYBOOK_RETURN_IF_ERROR(FromRocks(rows->status(), "reading the keys"));
  if (found == rows_) return absl::OkStatus();
  return Damaged(absl::StrCat("it has ", found, " rows of ", rows_));
}

absl::StatusOr<Hash> RocksKeyStore::LoadInstallationKey(const std::string& row) const {
  DAYBOOK_ASSIGN_OR_RETURN(const std::optional<std::string> wrapped, Get(row));
  if (!wrapped.has_value()) return Damaged("a key of the installation is missing");
  DAYBOOK_ASSIGN_OR_RETURN(const std::string secret, kek_.Unwrap(row, *wrapped));
  if (secret.size() != kKeyBytes) return Damaged("a key of the installation");
  return HashFromBytes(secret);
}

absl::StatusOr<std::optional<std::string>> RocksKeyStore::Get(const std::string& row) const {
  std::string value;
  const rocksdb::Status status = db_->Get(rocksdb::ReadOptions(), row, &value);
  if (status.IsNotFound()) return std::optional<std::string>();
  if (!status.ok()) return FromRocks(status, "reading a key");
  return std::optional<std::string>(std::move(value));
}

absl::StatusOr<PersonKey> RocksKeyStore::KeyOf(const Uuid& subject) {
  std::lock_guard lock(mutex_);
  if (const PersonKey* known = by_subject_.Find(subject); known != nullptr) return *known;
  DAYBOOK_ASSIGN_OR_RETURN(const std::optional<std::string> id,
                           Get(Row(kSubject, subject.bytes())));
  if (!id.has_value()) return MakeKey(subject);
  if (id->empty()) {
    return Reject(Reason::REASON_ERASED_SUBJECT,
                  absl::StrCat("the person ", subject.ToString(), " is erased"),
                  {{"subject", subject.ToString()}});
  }
  if (id->size() != kKeyBytes) return Damaged("a person's key id");
  const std::string row = Row(kKey, *id);
  DAYBOOK_ASSIGN_OR_RETURN(const std::optional<std::string> wrapped, Get(row));
  if (!wrapped.has_value()) return Damaged("a person's key is missing");
  DAYBOOK_ASSIGN_OR_RETURN(const std::string secret, kek_.Unwrap(row, *wrapped));
  const PersonKey key = PersonKey::FromSecret(secret);
  if (Bytes(key.id) != absl::string_view(*id)) return Damaged("a person's key and its id");
  return Remember(&by_subject_, subject, key);
}

// REQUIRES: mutex_ is held, so that a person never gets two keys.
absl::StatusOr<PersonKey> RocksKeyStore::MakeKey(const Uuid& subject) {
  const std::string secret = random_.Bytes(kKeyBytes);
  const PersonKey key = PersonKey::FromSecret(secret);
  const std::string row = Row(kKey, Bytes(key.id));
  rocksdb::WriteBatch batch;
  batch.Put(row, kek_.Wrap(row, secret, random_));
  batch.Put(Row(kSubject, subject.bytes()), ToSlice(Bytes(key.id)));
  DAYBOOK_RETURN_IF_ERROR(Change(&batch, 2, Sync::kLater, "writing a person's key"));
  Remember(&by_id_, key.id, key);
  return Remember(&by_subject_, subject, key);
}

// REQUIRES: mutex_ is held. Changes are counted in the log too, so that an older copy of the keys
// is recognised; rows are counted at opening, so that a lost file is.
absl::Status RocksKeyStore::Change(rocksdb::WriteBatch* batch, uint64_t new_rows, Sync sync,
                                   absl::string_view attempted) {
  std::string count;
  DAYBOOK_RETURN_IF_ERROR(CheckWritable());
  AppendU64(&count, changes_.load() + 1);
  AppendU64(&count, rows_ + new_rows);
  batch->Put(kCountRow, count);
  failure_ = FromRocks(db_->Write(WriteWith(sync == Sync::kNow), batch), attempted);
  DAYBOOK_RETURN_IF_ERROR(failure_);
  rows_ += new_rows;
  ++changes_;
  dirty_ = true;
  return absl::OkStatus();
}

// After a failed write nobody knows what of it is on the disk, and a sync that failed is not to be
// repeated: the kernel may have dropped what it could not write.
absl::Status RocksKeyStore::CheckWritable() const {
  if (failure_.ok()) return absl::OkStatus();
  return absl::Status(failure_.code(),
                      absl::StrCat("the key store takes no changes since a write failed (",
                                   failure_.message(), "): mend the disk and restart the server"));
}

absl::StatusOr<uint64_t> RocksKeyStore::MakeDurable() {
  if (!dirty_.exchange(false)) return uint64_t{0};
  // Counted only now: a change before the exchange is in this number, one after it is in the next.
  const uint64_t made = changes_.load();
  {
    std::lock_guard lock(mutex_);
    DAYBOOK_RETURN_IF_ERROR(CheckWritable());
  }
  const absl::Status synced = FromRocks(db_->SyncWAL(), "syncing the keys");
  if (synced.ok()) return made;
  std::lock_guard lock(mutex_);
  failure_ = synced;
  return synced;
}

absl::StatusOr<std::optional<PersonKey>> RocksKeyStore::KeyById(const Hash& key_id) const {
  {
    std::lock_guard lock(mutex_);
    if (const PersonKey* known = by_id_.Find(key_id); known != nullptr) {
      return std::optional<PersonKey>(*known);
    }
  }
  const std::string row = Row(kKey, Bytes(key_id));
  DAYBOOK_ASSIGN_OR_RETURN(const std::optional<std::string> wrapped, Get(row));
  if (!wrapped.has_value() || wrapped->empty()) return std::optional<PersonKey>();  // destroyed
  DAYBOOK_ASSIGN_OR_RETURN(const std::string secret, kek_.Unwrap(row, *wrapped));
  const PersonKey key = PersonKey::FromSecret(secret);
  if (key.id != key_id) return Damaged("a key and its id");
  std::lock_guard lock(mutex_);
  return std::optional<PersonKey>(Remember(&by_id_, key_id, key));
}

absl::StatusOr<KeyPresence> RocksKeyStore::FindKey(const Hash& key_id) const {
  DAYBOOK_ASSIGN_OR_RETURN(const std::optional<std::string> row, Get(Row(kKey, Bytes(key_id))));
  if (!row.has_value()) return KeyPresence::kMissing;
  return row->empty() ? KeyPresence::kDestroyed : KeyPresence::kPresent;
}

absl::StatusOr<SealedPart> RocksKeyStore::Seal(const Uuid& subject, const SealContext& context,
                                               absl::string_view plain) {
  if (plain.size() > kCommitBytesMax) {
    return Reject(Reason::REASON_LIMIT_EXCEEDED, "a sealed part is longer than a commit may be",
                  {{"limit", absl::StrCat(kCommitBytesMax)}});
  }
  DAYBOOK_ASSIGN_OR_RETURN(const PersonKey key, KeyOf(subject));
  return SealPart(key, context, plain, random_.Bytes(kSaltBytes));
}

absl::StatusOr<std::optional<std::string>> RocksKeyStore::Open(const SealedPart& part,
                                                               const SealContext& context) const {
  DAYBOOK_ASSIGN_OR_RETURN(const std::optional<PersonKey> key, KeyById(part.key_id));
  if (!key.has_value()) return std::optional<std::string>();
  DAYBOOK_ASSIGN_OR_RETURN(std::string plain, OpenPart(*key, context, part));
  return std::optional<std::string>(std::move(plain));
}

Hash RocksKeyStore::ClaimHash(absl::string_view kind, absl::string_view value) const {
  std::string size;
  AppendU32(&size, static_cast<uint32_t>(kind.size()));
  return HmacSha256(Bytes(claim_key_), {size, kind, value});
}

absl::StatusOr<uint16_t> RocksKeyStore::ClaimKind(absl::string_view kind) {
  std::lock_guard lock(mutex_);
  const std::string name(kind);
  if (const uint16_t* known = claim_kinds_.Find(name); known != nullptr) return *known;
  if (kind.empty() || kind.size() > kClaimKindBytesMax || next_claim_kind_ > kClaimKindsMax) {
    return Reject(Reason::REASON_LIMIT_EXCEEDED, "no further kind of unique value can be made",
                  {{"limit", absl::StrCat(kClaimKindsMax)}});
  }
  const auto number = static_cast<uint16_t>(next_claim_kind_);
  std::string row;
  AppendU16(&row, number);
  rocksdb::WriteBatch batch;
  batch.Put(absl::StrCat(kClaimKindPrefix, kind), row);
  DAYBOOK_RETURN_IF_ERROR(Change(&batch, 1, Sync::kNow, "writing a claim kind"));
  ++next_claim_kind_;
  return claim_kinds_.Put(name, number);
}

std::string RocksKeyStore::SealToken(absl::string_view plain) {
  const std::string nonce = random_.Bytes(kNonceBytes);
  return absl::WebSafeBase64Escape(
      absl::StrCat(nonce, AeadSeal(token_key_, nonce, kTokenAad, plain)));
}

absl::StatusOr<std::string> RocksKeyStore::OpenToken(absl::string_view token) const {
  std::string bytes;
  if (token.size() <= kTokenBytesMax && absl::WebSafeBase64Unescape(token, &bytes) &&
      bytes.size() >= kNonceBytes) {
    const absl::string_view all = bytes;
    absl::StatusOr<std::string> plain =
        AeadOpen(token_key_, all.substr(0, kNonceBytes), kTokenAad, all.substr(kNonceBytes));
    // Base64 has several spellings for the same bytes; only ours is taken.
    if (plain.ok() && absl::WebSafeBase64Escape(all) == token) return plain;
  }
  return Reject(Reason::REASON_INVALID_PAGE_TOKEN,
                "the page token is not one of this installation: begin at the first page");
}

absl::Status RocksKeyStore::PutSecretHash(const Uuid& key_id, const Hash& hash) {
  std::lock_guard lock(mutex_);
  const std::string row = Row(kSecret, key_id.bytes());
  DAYBOOK_ASSIGN_OR_RETURN(const std::optional<std::string> known, Get(row));
  rocksdb::WriteBatch batch;
  batch.Put(row, ToSlice(Bytes(hash)));
  return Change(&batch, known.has_value() ? 0 : 1, Sync::kNow, "writing a secret's hash");
}

absl::StatusOr<std::optional<Hash>> RocksKeyStore::FindSecretHash(const Uuid& key_id) const {
  DAYBOOK_ASSIGN_OR_RETURN(const std::optional<std::string> row, Get(Row(kSecret, key_id.bytes())));
  if (!row.has_value()) return std::optional<Hash>();
  if (row->size() != 32) return Damaged("a secret's hash");
  return std::optional<Hash>(HashFromBytes(*row));
}

}  // namespace daybook::eventstore
