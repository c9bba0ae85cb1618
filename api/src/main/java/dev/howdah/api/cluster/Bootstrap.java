// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.cluster;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import dev.howdah.api.meta.Absent;
import dev.howdah.api.meta.KeyReference;
import dev.howdah.api.meta.LocalReference;
import dev.howdah.api.schema.Field;
import io.fabric8.kubernetes.api.model.TypedLocalObjectReference;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Where the first instance's data comes from; one of three.
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record Bootstrap(
    @Field("A new, empty cluster") @Nullable InitDb initdb,
    @Field("A backup") @Nullable Recovery recovery,
    @JsonProperty("pg_basebackup") @Field("A copy of a running server")
        @Nullable PgBaseBackup pgBasebackup) {

  /// A new, empty cluster.
  @JsonIgnoreProperties(ignoreUnknown = true)
  @JsonInclude(JsonInclude.Include.NON_EMPTY)
  public record InitDb(
      @Field(value = "Database of the application", effective = "app") @Nullable String database,
      @Field("Role that owns the database; by default named as it is") @Nullable String owner,
      @Field("Secret with the owner's user name and password; made when absent")
          @Nullable LocalReference secret,
      @Field(value = "Raw arguments for initdb, instead of the fields below", deprecated = true)
          List<String> options,
      @Field("Check pages for corruption") @Nullable Boolean dataChecksums,
      @Field(value = "Encoding", effective = "UTF8") @Nullable String encoding,
      @Field(value = "Collation", effective = "C") @Nullable String localeCollate,
      @Field(value = "Classification of characters", effective = "C") @Nullable String localeCType,
      @Field("Locale for everything") @Nullable String locale,
      @Field("Provider of locales: libc, icu or builtin") @Nullable String localeProvider,
      @Field("ICU locale") @Nullable String icuLocale,
      @Field("Further ICU collation rules") @Nullable String icuRules,
      @Field("Locale of the built-in provider") @Nullable String builtinLocale,
      @Field(value = "Size of WAL segments in MB; a power of two", min = 1, max = 1024)
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
  public record Import(
      @Field(value = "Where to copy from", required = true) ImportSource source,
      @Field(
              value = "One database into the application's, or many with their roles",
              required = true,
              oneOf = {"microservice", "monolith"})
          String type,
      @Field(value = "Databases to copy; * is all", required = true) List<String> databases,
      @Field("Roles to copy; * is all") List<String> roles,
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
      @Field(value = "Name of the external cluster", required = true) String externalCluster) {
    public ImportSource {
      externalCluster = Absent.or(externalCluster, "");
    }
  }

  /// A recovery from a backup.
  @JsonIgnoreProperties(ignoreUnknown = true)
  @JsonInclude(JsonInclude.Include.NON_EMPTY)
  public record Recovery(
      @Field("Backup object to recover from") @Nullable RecoveryBackup backup,
      @Field("External cluster to recover from") @Nullable String source,
      @Field("Snapshots or volumes to begin with") @Nullable VolumeSnapshots volumeSnapshots,
      @Field("Where to stop; by default at the end of the WAL")
          @Nullable RecoveryTarget recoveryTarget,
      @Field(value = "Database of the application, made if it doesn't exist", effective = "app")
          @Nullable String database,
      @Field("Role that owns the database; by default named as it is") @Nullable String owner,
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
      @Field(value = "Origin of the data", required = true) TypedLocalObjectReference storage,
      @Field("Origin of the WAL") @Nullable TypedLocalObjectReference walStorage,
      @Field("Origin of each tablespace")
          Map<String, TypedLocalObjectReference> tablespaceStorage) {
    public VolumeSnapshots {
      tablespaceStorage = Absent.map(tablespaceStorage);
    }
  }

  /// Where a recovery stops.
  @JsonIgnoreProperties(ignoreUnknown = true)
  @JsonInclude(JsonInclude.Include.NON_EMPTY)
  public record RecoveryTarget(
      @JsonProperty("backupID") @Field("Base backup to restore") @Nullable String backupId,
      @JsonProperty("targetTLI") @Field("Timeline to follow: latest or a number")
          @Nullable String targetTli,
      @JsonProperty("targetXID") @Field("Stop at this transaction") @Nullable String targetXid,
      @Field("Stop at this restore point") @Nullable String targetName,
      @JsonProperty("targetLSN") @Field("Stop at this position of the WAL")
          @Nullable String targetLsn,
      @Field("Stop at this moment") @Nullable String targetTime,
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
      @Field(value = "External cluster to copy", required = true, minLength = 1) String source,
      @Field(value = "Database of the application, made if it doesn't exist", effective = "app")
          @Nullable String database,
      @Field("Role that owns the database; by default named as it is") @Nullable String owner,
      @Field("Secret with the owner's user name and password") @Nullable LocalReference secret) {
    public PgBaseBackup {
      source = Absent.or(source, "");
    }
  }
}
