// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.cluster;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import dev.howdah.api.catalog.ExtensionConfiguration;
import dev.howdah.api.meta.Absent;
import dev.howdah.api.schema.Field;
import io.fabric8.kubernetes.api.model.SecretKeySelector;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Configuration of PostgreSQL.
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record PostgresConfiguration(
    @Field("Settings, as in postgresql.conf") Map<String, String> parameters,
    @JsonProperty("pg_hba") @Field("Lines of pg_hba.conf, after the fixed ones") List<String> pgHba,
    @JsonProperty("pg_ident") @Field("Lines of pg_ident.conf, after the fixed ones")
        List<String> pgIdent,
    @JsonProperty("shared_preload_libraries") @Field("Libraries to load at start")
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
  public record Synchronous(
      @Field(
              value = "Any of the standbys, or the first ones of the list",
              required = true,
              oneOf = {"any", "first"})
          String method,
      @Field(value = "How many standbys must confirm a commit", required = true) Integer number,
      @Field("Most names of instances in the list") @Nullable Integer maxStandbyNamesFromCluster,
      @Field("Names of outside standbys to put before the instances") List<String> standbyNamesPre,
      @Field("Names of outside standbys to put after the instances") List<String> standbyNamesPost,
      @Field(
              value = "Whether commits wait when too few standbys are there",
              effective = "required",
              oneOf = {"required", "preferred"})
          @Nullable String dataDurability,
      @Field(
              value = "Fail over only with proof that no confirmed commit is lost",
              defaultsTo = "false")
          Boolean failoverQuorum,
      @Field("Labels of pods that define failure domains") List<String> podFailureDomainKeys,
      @Field("Labels of nodes that define failure domains") List<String> nodeFailureDomainKeys) {
    public Synchronous {
      method = Absent.or(method, "");
      number = Absent.or(number, 0);
      standbyNamesPre = Absent.list(standbyNamesPre);
      standbyNamesPost = Absent.list(standbyNamesPost);
      failoverQuorum = Absent.or(failoverQuorum, false);
      podFailureDomainKeys = Absent.list(podFailureDomainKeys);
      nodeFailureDomainKeys = Absent.list(nodeFailureDomainKeys);
    }
  }

  /// Which standbys may be synchronous, in the old way.
  @JsonIgnoreProperties(ignoreUnknown = true)
  @JsonInclude(JsonInclude.Include.NON_EMPTY)
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
  public record Ldap(
      @Field("Server") @Nullable String server,
      @Field("Port") @Nullable Integer port,
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
