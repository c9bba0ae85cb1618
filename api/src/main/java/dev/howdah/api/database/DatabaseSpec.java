// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.database;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import dev.howdah.api.meta.Absent;
import dev.howdah.api.meta.LocalReference;
import dev.howdah.api.schema.Cel;
import dev.howdah.api.schema.Field;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What a database shall be.
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
@Cel(
    value =
        "!has(self.servers) || self.servers.all(s, s.ensure == 'absent' || "
            + "(has(self.fdws) && self.fdws.exists(w, w.name == s.fdw)))",
    message = "servers: the foreign data wrapper of each must be among fdws")
public record DatabaseSpec(
    @Field(value = "Cluster it is in", required = true)
        @Cel(value = "size(self.name) > 0", message = "name: write the name of the Cluster")
        @Cel(
            value = "self == oldSelf",
            message = "can't change; make a new object for the other cluster")
        LocalReference cluster,
    @Field(
            value = "Name in PostgreSQL; can't change",
            required = true,
            minLength = 1,
            maxLength = 63)
        @Cel(value = "self == oldSelf", message = "can't change; make a new Database")
        @Cel(
            value = "!(self in ['postgres', 'template0', 'template1'])",
            message = "belongs to PostgreSQL; choose another name")
        String name,
    @Field(value = "Role that owns it", required = true, minLength = 1, maxLength = 63)
        String owner,
    @Field(
            value = "Whether it shall exist",
            defaultsTo = "present",
            oneOf = {"present", "absent"})
        String ensure,
    @Field(
            value = "What happens to it when this object is deleted",
            defaultsTo = "retain",
            oneOf = {"retain", "delete"})
        String databaseReclaimPolicy,
    @Field("Database to copy; can't change")
        @Cel(value = "self == oldSelf", message = "can't change once the database is made")
        @Nullable String template,
    @Field("Encoding; can't change")
        @Cel(value = "self == oldSelf", message = "can't change once the database is made")
        @Nullable String encoding,
    @Field("Locale for everything; can't change")
        @Cel(value = "self == oldSelf", message = "can't change once the database is made")
        @Nullable String locale,
    @Field(
            value = "Provider of locales: libc, icu or builtin; can't change",
            oneOf = {"", "libc", "icu", "builtin"})
        @Cel(value = "self == oldSelf", message = "can't change once the database is made")
        @Nullable String localeProvider,
    @Field("Collation; can't change")
        @Cel(value = "self == oldSelf", message = "can't change once the database is made")
        @Nullable String localeCollate,
    @Field("Classification of characters; can't change")
        @Cel(value = "self == oldSelf", message = "can't change once the database is made")
        @Nullable String localeCType,
    @Field("ICU locale; can't change")
        @Cel(value = "self == oldSelf", message = "can't change once the database is made")
        @Nullable String icuLocale,
    @Field("Further ICU collation rules; can't change")
        @Cel(value = "self == oldSelf", message = "can't change once the database is made")
        @Nullable String icuRules,
    @Field("Locale of the built-in provider; can't change")
        @Cel(value = "self == oldSelf", message = "can't change once the database is made")
        @Nullable String builtinLocale,
    @Field("Version of the collation; can't change")
        @Cel(value = "self == oldSelf", message = "can't change once the database is made")
        @Nullable String collationVersion,
    @Field("Any user with CREATEDB may copy it") @Nullable Boolean isTemplate,
    @Field("Clients may connect to it") @Nullable Boolean allowConnections,
    @Field("Most connections at a time; -1 is no limit") @Nullable Integer connectionLimit,
    @Field("Tablespace it is in") @Nullable String tablespace,
    @Field(
            value = "Schemas",
            maxItems = 500,
            mapKeys = {"name"})
        List<Schema> schemas,
    @Field(
            value = "Extensions",
            maxItems = 500,
            mapKeys = {"name"})
        List<Extension> extensions,
    @Field(
            value = "Foreign data wrappers",
            maxItems = 500,
            mapKeys = {"name"})
        List<ForeignDataWrapper> fdws,
    @Field(
            value = "Foreign servers",
            maxItems = 500,
            mapKeys = {"name"})
        List<ForeignServer> servers) {
  public DatabaseSpec {
    name = Absent.or(name, "");
    owner = Absent.or(owner, "");
    ensure = Absent.or(ensure, "present");
    databaseReclaimPolicy = Absent.or(databaseReclaimPolicy, "retain");
    schemas = Absent.list(schemas);
    extensions = Absent.list(extensions);
    fdws = Absent.list(fdws);
    servers = Absent.list(servers);
  }

  /// A schema.
  @JsonIgnoreProperties(ignoreUnknown = true)
  @JsonInclude(JsonInclude.Include.NON_EMPTY)
  public record Schema(
      @Field(value = "Name", required = true, minLength = 1, maxLength = 63) String name,
      @Field(
              value = "Whether it shall exist",
              defaultsTo = "present",
              oneOf = {"present", "absent"})
          String ensure,
      @Field("Role that owns it") @Nullable String owner) {
    public Schema {
      name = Absent.or(name, "");
      ensure = Absent.or(ensure, "present");
    }
  }

  /// An extension.
  @JsonIgnoreProperties(ignoreUnknown = true)
  @JsonInclude(JsonInclude.Include.NON_EMPTY)
  public record Extension(
      @Field(value = "Name", required = true, minLength = 1, maxLength = 63) String name,
      @Field(
              value = "Whether it shall exist",
              defaultsTo = "present",
              oneOf = {"present", "absent"})
          String ensure,
      @Field("Version; by default the image's default") @Nullable String version,
      @Field("Schema of its objects") @Nullable String schema) {
    public Extension {
      name = Absent.or(name, "");
      ensure = Absent.or(ensure, "present");
    }
  }

  /// A foreign data wrapper.
  @JsonIgnoreProperties(ignoreUnknown = true)
  @JsonInclude(JsonInclude.Include.NON_EMPTY)
  public record ForeignDataWrapper(
      @Field(value = "Name", required = true, minLength = 1, maxLength = 63) String name,
      @Field(
              value = "Whether it shall exist",
              defaultsTo = "present",
              oneOf = {"present", "absent"})
          String ensure,
      @Field("Handler function; - is none") @Nullable String handler,
      @Field("Validator function; - is none") @Nullable String validator,
      @Field("Role that owns it") @Nullable String owner,
      @Field(
              value = "Options",
              maxItems = 100,
              mapKeys = {"name"})
          List<Option> options,
      @Field(
              value = "Who may use it",
              maxItems = 100,
              mapKeys = {"name"})
          List<Usage> usage) {
    public ForeignDataWrapper {
      name = Absent.or(name, "");
      ensure = Absent.or(ensure, "present");
      options = Absent.list(options);
      usage = Absent.list(usage);
    }
  }

  /// A foreign server.
  @JsonIgnoreProperties(ignoreUnknown = true)
  @JsonInclude(JsonInclude.Include.NON_EMPTY)
  public record ForeignServer(
      @Field(value = "Name", required = true, minLength = 1, maxLength = 63) String name,
      @Field(value = "Its foreign data wrapper", required = true, minLength = 1, maxLength = 63)
          String fdw,
      @Field(
              value = "Whether it shall exist",
              defaultsTo = "present",
              oneOf = {"present", "absent"})
          String ensure,
      @Field(
              value = "Options",
              maxItems = 100,
              mapKeys = {"name"})
          List<Option> options,
      @Field(
              value = "Who may use it",
              maxItems = 100,
              mapKeys = {"name"})
          List<Usage> usage) {
    public ForeignServer {
      name = Absent.or(name, "");
      fdw = Absent.or(fdw, "");
      ensure = Absent.or(ensure, "present");
      options = Absent.list(options);
      usage = Absent.list(usage);
    }
  }

  /// An option.
  @JsonIgnoreProperties(ignoreUnknown = true)
  @JsonInclude(JsonInclude.Include.NON_EMPTY)
  public record Option(
      @Field(value = "Name", required = true) String name,
      @Field(value = "Value", required = true) String value,
      @Field(
              value = "Whether it shall be set",
              defaultsTo = "present",
              oneOf = {"present", "absent"})
          String ensure) {
    public Option {
      name = Absent.or(name, "");
      value = Absent.or(value, "");
      ensure = Absent.or(ensure, "present");
    }
  }

  /// A right of use.
  @JsonIgnoreProperties(ignoreUnknown = true)
  @JsonInclude(JsonInclude.Include.NON_EMPTY)
  public record Usage(
      @Field(value = "Role", required = true, minLength = 1) String name,
      @Field(
              value = "Whether it is granted or revoked",
              defaultsTo = "grant",
              oneOf = {"grant", "revoke"})
          String type) {
    public Usage {
      name = Absent.or(name, "");
      type = Absent.or(type, "grant");
    }
  }
}
