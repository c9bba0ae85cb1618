// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.cluster;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import dev.howdah.api.meta.Absent;
import dev.howdah.api.meta.LocalReference;
import dev.howdah.api.schema.Cel;
import dev.howdah.api.schema.Field;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Roles and Services kept as described.
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record ManagedConfiguration(
    @Field(
            value = "Roles",
            maxItems = 2000,
            mapKeys = {"name"})
        List<Role> roles,
    @Field("Services") @Nullable Services services) {
  public ManagedConfiguration {
    roles = Absent.list(roles);
  }

  /// A role.
  @JsonIgnoreProperties(ignoreUnknown = true)
  @JsonInclude(JsonInclude.Include.NON_EMPTY)
  @Cel(
      value =
          "!(self.name in ['postgres', 'streaming_replica']) && "
              + "!self.name.startsWith('pg_') && !self.name.startsWith('cnpg_')",
      message = "name: reserved; PostgreSQL and Howdah have roles of their own so named")
  @Cel(
      value =
          "!has(self.passwordSecret) || !has(self.disablePassword) || " + "!self.disablePassword",
      message = "passwordSecret and disablePassword exclude each other; keep one of them")
  public record Role(
      @Field(value = "Name", required = true, minLength = 1, maxLength = 63) String name,
      @Field(
              value = "Whether the role shall exist",
              defaultsTo = "present",
              oneOf = {"present", "absent"})
          String ensure,
      @Field("Comment on the role") @Nullable String comment,
      @Field("Secret with the role's user name and password")
          @Nullable LocalReference passwordSecret,
      @Field("Take the password away") @Nullable Boolean disablePassword,
      @Field(value = "Most connections at a time; -1 is no limit", defaultsTo = "-1", min = -1)
          Long connectionLimit,
      @Field(value = "When the password ends", format = "date-time") @Nullable String validUntil,
      @Field(value = "Roles it is a member of", maxLength = 63, maxItems = 1000)
          List<String> inRoles,
      @Field(value = "Has the rights of the roles it is a member of", defaultsTo = "true")
          Boolean inherit,
      @Field(value = "Is a superuser", defaultsTo = "false") Boolean superuser,
      @Field(value = "May create databases", defaultsTo = "false") Boolean createdb,
      @Field(value = "May create roles", defaultsTo = "false") Boolean createrole,
      @Field(value = "May log in", defaultsTo = "false") Boolean login,
      @Field(value = "May replicate", defaultsTo = "false") Boolean replication,
      @Field(value = "Passes row-level security by", defaultsTo = "false") Boolean bypassrls) {
    public Role {
      name = Absent.or(name, "");
      ensure = Absent.or(ensure, "present");
      connectionLimit = Absent.or(connectionLimit, -1L);
      inRoles = Absent.list(inRoles);
      inherit = Absent.or(inherit, true);
      superuser = Absent.or(superuser, false);
      createdb = Absent.or(createdb, false);
      createrole = Absent.or(createrole, false);
      login = Absent.or(login, false);
      replication = Absent.or(replication, false);
      bypassrls = Absent.or(bypassrls, false);
    }
  }

  /// Services of a cluster.
  @JsonIgnoreProperties(ignoreUnknown = true)
  @JsonInclude(JsonInclude.Include.NON_EMPTY)
  public record Services(
      @Field(
              value = "Services not to make",
              oneOf = {"rw", "r", "ro"},
              maxItems = 10)
          @Cel(
              value = "!('rw' in self)",
              message = "the rw Service can't be disabled, as standbys connect through it")
          List<String> disabledDefaultServices,
      @Field(value = "Further Services", maxItems = 50)
          @Cel(
              value =
                  "self.all(x, self.exists_one(y, has(x.serviceTemplate.metadata) && "
                      + "has(y.serviceTemplate.metadata) && x.serviceTemplate.metadata.name == "
                      + "y.serviceTemplate.metadata.name))",
              message = "names must differ from each other")
          List<Service> additional) {
    public Services {
      disabledDefaultServices = Absent.list(disabledDefaultServices);
      additional = Absent.list(additional);
    }
  }

  /// A further Service.
  @JsonIgnoreProperties(ignoreUnknown = true)
  @JsonInclude(JsonInclude.Include.NON_EMPTY)
  @Cel(
      value =
          "has(self.serviceTemplate.metadata) && "
              + "has(self.serviceTemplate.metadata.name) && "
              + "self.serviceTemplate.metadata.name != ''",
      message = "serviceTemplate.metadata.name: needed")
  @Cel(
      value = "!has(self.serviceTemplate.spec) || " + "!has(self.serviceTemplate.spec.selector)",
      message =
          "serviceTemplate.spec.selector: selectorType says which instances; remove "
              + "the selector")
  public record Service(
      @Field(
              value = "Which instances it leads to",
              required = true,
              oneOf = {"rw", "r", "ro"})
          String selectorType,
      @Field(
              value = "Whether a change patches the Service or makes it anew",
              defaultsTo = "patch",
              oneOf = {"patch", "replace"})
          String updateStrategy,
      @Field(value = "The Service", required = true) ServiceTemplate serviceTemplate) {
    public Service {
      selectorType = Absent.or(selectorType, "");
      updateStrategy = Absent.or(updateStrategy, "patch");
    }
  }
}
