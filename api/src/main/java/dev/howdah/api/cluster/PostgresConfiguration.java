// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.cluster;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import dev.howdah.api.catalog.ExtensionConfiguration;
import dev.howdah.api.meta.Absent;
import dev.howdah.api.schema.Cel;
import dev.howdah.api.schema.Field;
import io.fabric8.kubernetes.api.model.SecretKeySelector;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Configuration of PostgreSQL.
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
@Cel(
    value =
        "!has(self.syncReplicaElectionConstraint) || "
            + "!self.syncReplicaElectionConstraint.enabled || !has(self.synchronous) || "
            + "(!(has(self.synchronous.podFailureDomainKeys) && "
            + "size(self.synchronous.podFailureDomainKeys) > 0) && "
            + "!(has(self.synchronous.nodeFailureDomainKeys) && "
            + "size(self.synchronous.nodeFailureDomainKeys) > 0))",
    message =
        "syncReplicaElectionConstraint and the failure domain keys of synchronous "
            + "exclude each other; keep the keys")
public record PostgresConfiguration(
    @Field(value = "Settings, as in postgresql.conf", maxItems = 1000, maxLength = 8192)
        @Cel(
            value =
                "!['archive_command', 'cluster_name', 'port', 'primary_conninfo', "
                    + "'primary_slot_name', 'recovery_target', 'recovery_target_action', "
                    + "'recovery_target_inclusive', 'recovery_target_lsn', "
                    + "'recovery_target_name', 'recovery_target_time', "
                    + "'recovery_target_timeline', 'recovery_target_xid', 'restore_command', "
                    + "'temp_tablespaces', 'pg_failover_slots.primary_dsn', "
                    + "'pg_failover_slots.standby_slot_names', 'ssl', 'ssl_ca_file', "
                    + "'ssl_cert_file', 'ssl_crl_file', 'ssl_dh_params_file', 'ssl_key_file', "
                    + "'ssl_passphrase_command', 'ssl_passphrase_command_supports_reload', "
                    + "'ssl_prefer_server_ciphers', 'synchronous_standby_names', "
                    + "'synchronized_standby_slots', 'allow_system_table_mods', "
                    + "'archive_cleanup_command', 'bonjour', 'bonjour_name', 'config_file', "
                    + "'data_directory', 'data_sync_retry', 'event_source', 'external_pid_file', "
                    + "'hba_file', 'hot_standby', 'ident_file', 'jit_provider', "
                    + "'listen_addresses', 'log_file_mode', 'promote_trigger_file', "
                    + "'recovery_end_command', 'recovery_min_apply_delay', "
                    + "'restart_after_crash', 'stats_temp_directory', 'syslog_facility', "
                    + "'syslog_ident', 'syslog_sequence_numbers', 'syslog_split_messages', "
                    + "'unix_socket_directories', 'unix_socket_group', "
                    + "'unix_socket_permissions'].exists(p, p in self)",
            message =
                "Howdah itself sets archive_command, port, ssl, synchronous_standby_names "
                    + "and the like; remove what is not yours to set (the manual lists them)")
        @Cel(
            value =
                "self.all(k, "
                    + "k.matches('^[A-Za-z_][A-Za-z0-9_$]*([.][A-Za-z_][A-Za-z0-9_$]*)?$'))",
            message = "names are letters, digits, '_' and '$', with one '.' at most")
        @Cel(
            value = "self.all(k, !self[k].contains('\\n') && !self[k].contains('\\r'))",
            message = "values can't hold line breaks")
        @Cel(
            value =
                "!('wal_level' in self) || self['wal_level'] in ['minimal', 'replica', "
                    + "'logical']",
            message = "wal_level: minimal, replica or logical")
        Map<String, String> parameters,
    @JsonProperty("pg_hba")
        @Field(
            value = "Lines of pg_hba.conf, after the fixed ones",
            maxLength = 2048,
            maxItems = 1000)
        @Cel(
            value = "!self.exists(l, l.contains('\\n') || l.contains('\\r'))",
            message = "one line per item: no line breaks")
        @Cel(
            value = "!self.exists(l, l.matches('^ *include(_if_exists|_dir)?( |$)'))",
            message = "files can't be included; write the lines here")
        List<String> pgHba,
    @JsonProperty("pg_ident")
        @Field(
            value = "Lines of pg_ident.conf, after the fixed ones",
            maxLength = 2048,
            maxItems = 1000)
        @Cel(
            value = "!self.exists(l, l.contains('\\n') || l.contains('\\r'))",
            message = "one line per item: no line breaks")
        @Cel(
            value = "!self.exists(l, l.matches('^ *include(_if_exists|_dir)?( |$)'))",
            message = "files can't be included; write the lines here")
        List<String> pgIdent,
    @JsonProperty("shared_preload_libraries")
        @Field(value = "Libraries to load at start", maxLength = 255, maxItems = 100)
        @Cel(
            value = "!self.exists(l, l.contains('/'))",
            message = "names of libraries, without folders")
        List<String> sharedPreloadLibraries,
    @Field(value = "Allow ALTER SYSTEM", defaultsTo = "false") Boolean enableAlterSystem,
    @Field(value = "Seconds that a promotion may take", effective = "40000000")
        @Nullable Integer promotionTimeout,
    @Field("Synchronous replication") @Nullable Synchronous synchronous,
    @Field("Which standbys may be synchronous, in the old way")
        @Nullable ElectionConstraint syncReplicaElectionConstraint,
    @Field("Authentication with LDAP") @Nullable Ldap ldap,
    @Field(
            value = "Extensions that come as images",
            maxItems = 64,
            mapKeys = {"name"})
        List<ExtensionConfiguration> extensions) {
  public PostgresConfiguration {
    parameters = Absent.map(parameters);
    pgHba = Absent.list(pgHba);
    pgIdent = Absent.list(pgIdent);
    sharedPreloadLibraries = Absent.list(sharedPreloadLibraries);
    enableAlterSystem = Absent.or(enableAlterSystem, false);
    extensions = Absent.list(extensions);
  }

  /// Synchronous replication.
  @JsonIgnoreProperties(ignoreUnknown = true)
  @JsonInclude(JsonInclude.Include.NON_EMPTY)
  @Cel(
      value =
          "!has(self.dataDurability) || self.dataDurability != 'preferred' || "
              + "(!(has(self.standbyNamesPre) && size(self.standbyNamesPre) > 0) && "
              + "!(has(self.standbyNamesPost) && size(self.standbyNamesPost) > 0))",
      message =
          "standbyNamesPre and standbyNamesPost: with dataDurability preferred, only "
              + "instances of the cluster count; remove them, or use required")
  @Cel(
      value =
          "!(has(self.podFailureDomainKeys) && size(self.podFailureDomainKeys) > 0) "
              + "|| !(has(self.nodeFailureDomainKeys) && size(self.nodeFailureDomainKeys) "
              + "> 0)",
      message =
          "podFailureDomainKeys and nodeFailureDomainKeys exclude each other; keep "
              + "one of them")
  @Cel(
      value =
          "!has(self.failoverQuorum) || !self.failoverQuorum || self.number > "
              + "(has(self.standbyNamesPre) ? size(self.standbyNamesPre) : 0) + "
              + "(has(self.standbyNamesPost) ? size(self.standbyNamesPost) : 0)",
      message =
          "number: with failoverQuorum, more than the outside standbys, or no "
              + "instance need have a commit that was confirmed")
  public record Synchronous(
      @Field(
              value = "Any of the standbys, or the first ones of the list",
              required = true,
              oneOf = {"any", "first"})
          String method,
      @Field(value = "How many standbys must confirm a commit", required = true, min = 1)
          Integer number,
      @Field("Most names of instances in the list") @Nullable Integer maxStandbyNamesFromCluster,
      @Field(
              value = "Names of outside standbys to put before the instances",
              maxLength = 63,
              maxItems = 100)
          @Cel(
              value = "self.all(n, n != '' && n != '*' && !n.matches('[\",]|\\\\p{Cc}'))",
              message =
                  "application_name of a standby: not empty, not '*', without quotes and "
                      + "commas")
          @Cel(
              value = "self.all(n, self.exists_one(m, m == n))",
              message = "a name may stand here once")
          List<String> standbyNamesPre,
      @Field(
              value = "Names of outside standbys to put after the instances",
              maxLength = 63,
              maxItems = 100)
          @Cel(
              value = "self.all(n, n != '' && n != '*' && !n.matches('[\",]|\\\\p{Cc}'))",
              message =
                  "application_name of a standby: not empty, not '*', without quotes and "
                      + "commas")
          @Cel(
              value = "self.all(n, self.exists_one(m, m == n))",
              message = "a name may stand here once")
          List<String> standbyNamesPost,
      @Field(
              value = "Whether commits wait when too few standbys are there",
              effective = "required",
              oneOf = {"required", "preferred"})
          @Nullable String dataDurability,
      @Field(
              value = "Fail over only with proof that no confirmed commit is lost",
              effective = "false")
          @Nullable Boolean failoverQuorum,
      @Field(value = "Labels of pods that define failure domains", maxLength = 316, maxItems = 10)
          List<String> podFailureDomainKeys,
      @Field(value = "Labels of nodes that define failure domains", maxLength = 316, maxItems = 10)
          List<String> nodeFailureDomainKeys) {
    public Synchronous {
      method = Absent.or(method, "");
      number = Absent.or(number, 0);
      standbyNamesPre = Absent.list(standbyNamesPre);
      standbyNamesPost = Absent.list(standbyNamesPost);
      podFailureDomainKeys = Absent.list(podFailureDomainKeys);
      nodeFailureDomainKeys = Absent.list(nodeFailureDomainKeys);
    }
  }

  /// Which standbys may be synchronous, in the old way.
  @JsonIgnoreProperties(ignoreUnknown = true)
  @JsonInclude(JsonInclude.Include.NON_EMPTY)
  @Cel(
      value =
          "!self.enabled || (has(self.nodeLabelsAntiAffinity) && "
              + "size(self.nodeLabelsAntiAffinity) > 0)",
      message = "nodeLabelsAntiAffinity: name the labels of nodes to compare")
  public record ElectionConstraint(
      @Field(value = "Apply the constraint", required = true) Boolean enabled,
      @Field("Labels of nodes in which a synchronous standby must differ from the primary")
          List<String> nodeLabelsAntiAffinity) {
    public ElectionConstraint {
      enabled = Absent.or(enabled, false);
      nodeLabelsAntiAffinity = Absent.list(nodeLabelsAntiAffinity);
    }
  }

  /// Authentication with LDAP.
  @JsonIgnoreProperties(ignoreUnknown = true)
  @JsonInclude(JsonInclude.Include.NON_EMPTY)
  @Cel(value = "has(self.server) && self.server != ''", message = "server: needed")
  @Cel(
      value = "!has(self.bindAsAuth) || !has(self.bindSearchAuth)",
      message = "bindAsAuth and bindSearchAuth exclude each other; keep one of them")
  public record Ldap(
      @Field("Server") @Nullable String server,
      @Field(value = "Port", min = 0, max = 65535) @Nullable Integer port,
      @Field(
              value = "Scheme",
              oneOf = {"ldap", "ldaps"})
          @Nullable String scheme,
      @Field("Use StartTLS") @Nullable Boolean tls,
      @Field("Bind with a name built from the user's") @Nullable LdapBindAsAuth bindAsAuth,
      @Field("Search for the user, then bind") @Nullable LdapBindSearchAuth bindSearchAuth) {}

  /// A bind with a name built from the user's.
  @JsonIgnoreProperties(ignoreUnknown = true)
  @JsonInclude(JsonInclude.Include.NON_EMPTY)
  public record LdapBindAsAuth(
      @Field("Text before the user's name") @Nullable String prefix,
      @Field("Text after the user's name") @Nullable String suffix) {}

  /// A search for the user, and a bind with what it finds.
  @JsonIgnoreProperties(ignoreUnknown = true)
  @JsonInclude(JsonInclude.Include.NON_EMPTY)
  public record LdapBindSearchAuth(
      @JsonProperty("baseDN") @Field("Where to search") @Nullable String baseDn,
      @JsonProperty("bindDN") @Field("Who searches") @Nullable String bindDn,
      @Field("Password of who searches") @Nullable SecretKeySelector bindPassword,
      @Field("Attribute to compare with the user's name") @Nullable String searchAttribute,
      @Field("Filter of the search") @Nullable String searchFilter) {}
}
