// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.cluster;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import dev.howdah.api.meta.Absent;
import dev.howdah.api.meta.KeyReference;
import dev.howdah.api.meta.LocalReference;
import dev.howdah.api.schema.Cel;
import dev.howdah.api.schema.Field;
import io.fabric8.kubernetes.api.model.TypedLocalObjectReference;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Where the first instance's data comes from; one of three.
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
@Cel(
    value =
        "[has(self.initdb), has(self.recovery), has(self.pg_basebackup)].filter(x, "
            + "x).size() <= 1",
    message = "initdb, recovery and pg_basebackup exclude each other; keep one of them")
public record Bootstrap(
    @Field("A new, empty cluster") @Nullable InitDb initdb,
    @Field("A backup") @Nullable Recovery recovery,
    @JsonProperty("pg_basebackup") @Field("A copy of a running server")
        @Nullable PgBaseBackup pgBasebackup) {

  /// A new, empty cluster.
  @JsonIgnoreProperties(ignoreUnknown = true)
  @JsonInclude(JsonInclude.Include.NON_EMPTY)
  @Cel(
      value =
          "!(has(self.builtinLocale) && self.builtinLocale != '') || "
              + "(has(self.localeProvider) && self.localeProvider == 'builtin')",
      message = "builtinLocale needs localeProvider: builtin")
  @Cel(
      value =
          "!(has(self.icuLocale) && self.icuLocale != '') || "
              + "(has(self.localeProvider) && self.localeProvider == 'icu')",
      message = "icuLocale needs localeProvider: icu")
  @Cel(
      value =
          "!(has(self.icuRules) && self.icuRules != '') || (has(self.localeProvider) "
              + "&& self.localeProvider == 'icu')",
      message = "icuRules needs localeProvider: icu")
  public record InitDb(
      @Field(value = "Database of the application", effective = "app", maxLength = 63)
          @Cel(
              value = "!(self in ['template0', 'template1'])",
              message = "the templates belong to PostgreSQL; choose another name, such as app")
          @Nullable String database,
      @Field(value = "Role that owns the database; by default named as it is", maxLength = 63)
          @Cel(
              value =
                  "self != 'streaming_replica' && !self.startsWith('pg_') && "
                      + "!self.startsWith('cnpg_')",
              message = "reserved; choose another name, such as app")
          @Nullable String owner,
      @Field("Secret with the owner's user name and password; made when absent")
          @Nullable LocalReference secret,
      @Field(value = "Raw arguments for initdb, instead of the fields below", deprecated = true)
          List<String> options,
      @Field("Check pages for corruption") @Nullable Boolean dataChecksums,
      @Field(value = "Encoding", effective = "UTF8") @Nullable String encoding,
      @Field(value = "Collation", effective = "C") @Nullable String localeCollate,
      @Field(value = "Classification of characters", effective = "C") @Nullable String localeCType,
      @Field("Locale for everything") @Nullable String locale,
      @Field(
              value = "Provider of locales: libc, icu or builtin",
              oneOf = {"", "libc", "icu", "builtin"})
          @Nullable String localeProvider,
      @Field("ICU locale") @Nullable String icuLocale,
      @Field("Further ICU collation rules") @Nullable String icuRules,
      @Field("Locale of the built-in provider") @Nullable String builtinLocale,
      @Field(value = "Size of WAL segments in MB; a power of two", min = 1, max = 1024)
          @Cel(
              value = "self in [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024]",
              message = "must be a power of two, from 1 to 1024")
          @Nullable Integer walSegmentSize,
      @JsonProperty("postInitSQL") @Field("SQL to run once in the database postgres")
          List<String> postInitSql,
      @JsonProperty("postInitApplicationSQL")
          @Field("SQL to run once in the application's database")
          List<String> postInitApplicationSql,
      @JsonProperty("postInitTemplateSQL") @Field("SQL to run once in template1")
          List<String> postInitTemplateSql,
      @JsonProperty("import") @Field("Copy databases from another server")
          @Nullable Import importFrom,
      @JsonProperty("postInitSQLRefs") @Field("Files of SQL to run once in the database postgres")
          @Nullable SqlReferences postInitSqlRefs,
      @JsonProperty("postInitApplicationSQLRefs")
          @Field("Files of SQL to run once in the application's database")
          @Nullable SqlReferences postInitApplicationSqlRefs,
      @JsonProperty("postInitTemplateSQLRefs") @Field("Files of SQL to run once in template1")
          @Nullable SqlReferences postInitTemplateSqlRefs) {
    public InitDb {
      options = Absent.list(options);
      postInitSql = Absent.list(postInitSql);
      postInitApplicationSql = Absent.list(postInitApplicationSql);
      postInitTemplateSql = Absent.list(postInitTemplateSql);
    }
  }

  /// Files of SQL: those of Secrets first, then those of ConfigMaps.
  @JsonIgnoreProperties(ignoreUnknown = true)
  @JsonInclude(JsonInclude.Include.NON_EMPTY)
  public record SqlReferences(
      @Field("Keys of Secrets") List<KeyReference> secretRefs,
      @Field("Keys of ConfigMaps") List<KeyReference> configMapRefs) {
    public SqlReferences {
      secretRefs = Absent.list(secretRefs);
      configMapRefs = Absent.list(configMapRefs);
    }
  }

  /// A logical copy of databases from another server.
  @JsonIgnoreProperties(ignoreUnknown = true)
  @JsonInclude(JsonInclude.Include.NON_EMPTY)
  @Cel(
      value = "self.type != 'microservice' || size(self.databases) == 1",
      message = "databases: type microservice copies exactly one database")
  @Cel(
      value = "self.type != 'microservice' || !self.databases.exists(d, d == '*')",
      message = "databases: type microservice needs the name of one database, not '*'")
  @Cel(
      value = "self.type != 'microservice' || !has(self.roles) || size(self.roles) == 0",
      message = "roles: type microservice copies no roles; remove them, or use monolith")
  @Cel(
      value = "self.type != 'monolith' || size(self.databases) > 0",
      message = "databases: name the databases to copy, or '*' for all")
  @Cel(
      value =
          "self.type != 'monolith' || size(self.databases) == 1 || "
              + "!self.databases.exists(d, d == '*')",
      message = "databases: '*' is all of them; remove the other names")
  @Cel(
      value =
          "self.type != 'monolith' || !has(self.roles) || size(self.roles) <= 1 || "
              + "!self.roles.exists(r, r == '*')",
      message = "roles: '*' is all of them; remove the other names")
  @Cel(
      value =
          "self.type != 'monolith' || !has(self.postImportApplicationSQL) || "
              + "size(self.postImportApplicationSQL) == 0",
      message = "postImportApplicationSQL: for type microservice only")
  public record Import(
      @Field(value = "Where to copy from", required = true) ImportSource source,
      @Field(
              value = "One database into the application's, or many with their roles",
              required = true,
              oneOf = {"microservice", "monolith"})
          String type,
      @Field(
              value = "Databases to copy; * is all",
              required = true,
              maxLength = 63,
              maxItems = 1000)
          List<String> databases,
      @Field(value = "Roles to copy; * is all", maxLength = 63, maxItems = 5000) List<String> roles,
      @JsonProperty("postImportApplicationSQL")
          @Field("SQL to run in the application's database afterwards")
          List<String> postImportApplicationSql,
      @Field(value = "Copy definitions without rows", defaultsTo = "false") Boolean schemaOnly,
      @Field("Further arguments for pg_dump") List<String> pgDumpExtraOptions,
      @Field("Further arguments for pg_restore") List<String> pgRestoreExtraOptions,
      @Field("Arguments for pg_restore of what comes before the rows")
          List<String> pgRestorePredataOptions,
      @Field("Arguments for pg_restore of the rows") List<String> pgRestoreDataOptions,
      @Field("Arguments for pg_restore of what comes after the rows")
          List<String> pgRestorePostdataOptions) {
    public Import {
      type = Absent.or(type, "");
      databases = Absent.list(databases);
      roles = Absent.list(roles);
      postImportApplicationSql = Absent.list(postImportApplicationSql);
      schemaOnly = Absent.or(schemaOnly, false);
      pgDumpExtraOptions = Absent.list(pgDumpExtraOptions);
      pgRestoreExtraOptions = Absent.list(pgRestoreExtraOptions);
      pgRestorePredataOptions = Absent.list(pgRestorePredataOptions);
      pgRestoreDataOptions = Absent.list(pgRestoreDataOptions);
      pgRestorePostdataOptions = Absent.list(pgRestorePostdataOptions);
    }
  }

  /// Where to copy from.
  @JsonIgnoreProperties(ignoreUnknown = true)
  @JsonInclude(JsonInclude.Include.NON_EMPTY)
  public record ImportSource(
      @Field(value = "Name of the external cluster", required = true, maxLength = 253)
          String externalCluster) {
    public ImportSource {
      externalCluster = Absent.or(externalCluster, "");
    }
  }

  /// A recovery from a backup.
  @JsonIgnoreProperties(ignoreUnknown = true)
  @JsonInclude(JsonInclude.Include.NON_EMPTY)
  @Cel(
      value = "!has(self.backup) || !has(self.volumeSnapshots)",
      message = "backup and volumeSnapshots exclude each other; keep one of them")
  @Cel(
      value =
          "!has(self.volumeSnapshots) || !has(self.recoveryTarget) || "
              + "!(has(self.recoveryTarget.backupID) && self.recoveryTarget.backupID != '')",
      message = "recoveryTarget.backupID: volumeSnapshots already say what to restore")
  @Cel(
      value =
          "has(self.volumeSnapshots) || !has(self.recoveryTarget) || "
              + "(has(self.recoveryTarget.backupID) && self.recoveryTarget.backupID != '') "
              + "|| (!(has(self.recoveryTarget.targetName) && "
              + "self.recoveryTarget.targetName != '') && "
              + "!(has(self.recoveryTarget.targetXID) && self.recoveryTarget.targetXID != "
              + "'') && !(has(self.recoveryTarget.targetImmediate) && "
              + "self.recoveryTarget.targetImmediate))",
      message =
          "recoveryTarget.backupID: needed with targetName, targetXID and "
              + "targetImmediate, as these don't say which base backup lies before them")
  public record Recovery(
      @Field("Backup object to recover from") @Nullable RecoveryBackup backup,
      @Field(value = "External cluster to recover from", maxLength = 253) @Nullable String source,
      @Field("Snapshots or volumes to begin with") @Nullable VolumeSnapshots volumeSnapshots,
      @Field("Where to stop; by default at the end of the WAL")
          @Nullable RecoveryTarget recoveryTarget,
      @Field(
              value = "Database of the application, made if it doesn't exist",
              effective = "app",
              maxLength = 63)
          @Cel(
              value = "!(self in ['template0', 'template1'])",
              message = "the templates belong to PostgreSQL; choose another name, such as app")
          @Nullable String database,
      @Field(value = "Role that owns the database; by default named as it is", maxLength = 63)
          @Cel(
              value =
                  "self != 'streaming_replica' && !self.startsWith('pg_') && "
                      + "!self.startsWith('cnpg_')",
              message = "reserved; choose another name, such as app")
          @Nullable String owner,
      @Field("Secret with the owner's user name and password") @Nullable LocalReference secret) {}

  /// The Backup object to recover from.
  @JsonIgnoreProperties(ignoreUnknown = true)
  @JsonInclude(JsonInclude.Include.NON_EMPTY)
  public record RecoveryBackup(
      @Field(value = "Name of the Backup", required = true) String name,
      @JsonProperty("endpointCA") @Field("Authorities to check the object store's certificate with")
          @Nullable KeyReference endpointCa) {
    public RecoveryBackup {
      name = Absent.or(name, "");
    }
  }

  /// Snapshots or volumes to begin with.
  @JsonIgnoreProperties(ignoreUnknown = true)
  @JsonInclude(JsonInclude.Include.NON_EMPTY)
  public record VolumeSnapshots(
      @Field(value = "Origin of the data", required = true)
          @Cel(
              value =
                  "(!has(self.apiGroup) || self.apiGroup == '' ? self.kind == "
                      + "'PersistentVolumeClaim' : (self.apiGroup == 'snapshot.storage.k8s.io' && "
                      + "self.kind == 'VolumeSnapshot'))",
              message =
                  "a VolumeSnapshot (apiGroup snapshot.storage.k8s.io) or a "
                      + "PersistentVolumeClaim (no apiGroup)")
          TypedLocalObjectReference storage,
      @Field("Origin of the WAL")
          @Cel(
              value =
                  "(!has(self.apiGroup) || self.apiGroup == '' ? self.kind == "
                      + "'PersistentVolumeClaim' : (self.apiGroup == 'snapshot.storage.k8s.io' && "
                      + "self.kind == 'VolumeSnapshot'))",
              message =
                  "a VolumeSnapshot (apiGroup snapshot.storage.k8s.io) or a "
                      + "PersistentVolumeClaim (no apiGroup)")
          @Nullable TypedLocalObjectReference walStorage,
      @Field("Origin of each tablespace")
          Map<String, TypedLocalObjectReference> tablespaceStorage) {
    public VolumeSnapshots {
      tablespaceStorage = Absent.map(tablespaceStorage);
    }
  }

  /// Where a recovery stops.
  @JsonIgnoreProperties(ignoreUnknown = true)
  @JsonInclude(JsonInclude.Include.NON_EMPTY)
  @Cel(
      value =
          "[has(self.targetImmediate) && self.targetImmediate, has(self.targetLSN) "
              + "&& self.targetLSN != '', has(self.targetName) && self.targetName != '', "
              + "has(self.targetXID) && self.targetXID != '', has(self.targetTime) && "
              + "self.targetTime != ''].filter(x, x).size() <= 1",
      message =
          "targetImmediate, targetLSN, targetName, targetXID and targetTime exclude "
              + "each other; keep one of them")
  public record RecoveryTarget(
      @JsonProperty("backupID") @Field("Base backup to restore") @Nullable String backupId,
      @JsonProperty("targetTLI")
          @Field(value = "Timeline to follow: latest or a number", maxLength = 20)
          @Cel(
              value = "self.matches('^(latest|0*[1-9][0-9]*)?$')",
              message = "latest, or the number of a timeline")
          @Nullable String targetTli,
      @JsonProperty("targetXID")
          @Field(value = "Stop at this transaction", maxLength = 20)
          @Cel(
              value = "self == '' || (self.matches('^[0-9]{1,10}$') && int(self) <= 4294967295)",
              message = "the number of a transaction, from 0 to 4294967295")
          @Nullable String targetXid,
      @Field(value = "Stop at this restore point", maxLength = 63)
          @Cel(value = "!self.matches('\\\\p{Cc}')", message = "no control characters")
          @Nullable String targetName,
      @JsonProperty("targetLSN")
          @Field(value = "Stop at this position of the WAL", maxLength = 20)
          @Cel(
              value = "self.matches('^([0-9A-Fa-f]{1,8}/[0-9A-Fa-f]{1,8})?$')",
              message = "a position of the WAL, such as 16/B374D848")
          @Nullable String targetLsn,
      @Field(value = "Stop at this moment", maxLength = 64) @Nullable String targetTime,
      @Field("Stop as soon as the data is consistent") @Nullable Boolean targetImmediate,
      @Field(value = "Stop just before the target", defaultsTo = "false") Boolean exclusive) {
    public RecoveryTarget {
      exclusive = Absent.or(exclusive, false);
    }
  }

  /// A copy of a running server.
  @JsonIgnoreProperties(ignoreUnknown = true)
  @JsonInclude(JsonInclude.Include.NON_EMPTY)
  public record PgBaseBackup(
      @Field(value = "External cluster to copy", required = true, minLength = 1, maxLength = 253)
          String source,
      @Field(
              value = "Database of the application, made if it doesn't exist",
              effective = "app",
              maxLength = 63)
          @Cel(
              value = "!(self in ['template0', 'template1'])",
              message = "the templates belong to PostgreSQL; choose another name, such as app")
          @Nullable String database,
      @Field(value = "Role that owns the database; by default named as it is", maxLength = 63)
          @Cel(
              value =
                  "self != 'streaming_replica' && !self.startsWith('pg_') && "
                      + "!self.startsWith('cnpg_')",
              message = "reserved; choose another name, such as app")
          @Nullable String owner,
      @Field("Secret with the owner's user name and password") @Nullable LocalReference secret) {
    public PgBaseBackup {
      source = Absent.or(source, "");
    }
  }
}
