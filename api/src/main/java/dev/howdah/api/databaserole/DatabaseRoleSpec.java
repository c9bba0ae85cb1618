// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.databaserole;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import dev.howdah.api.meta.Absent;
import dev.howdah.api.meta.LocalReference;
import dev.howdah.api.schema.Cel;
import dev.howdah.api.schema.Field;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What a role shall be.
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
@Cel(
    value = "!has(self.passwordSecret) || !has(self.disablePassword) || " + "!self.disablePassword",
    message = "passwordSecret and disablePassword exclude each other; keep one of them")
@Cel(
    value = "!has(self.clientCertificate) || !self.clientCertificate.enabled || " + "self.login",
    message = "clientCertificate needs login: true")
public record DatabaseRoleSpec(
    @Field(value = "Cluster it is in", required = true)
        @Cel(value = "size(self.name) > 0", message = "name: write the name of the Cluster")
        @Cel(
            value = "self == oldSelf",
            message = "can't change; make a new object for the other cluster")
        LocalReference cluster,
    @Field(
            value = "What happens to it when this object is deleted",
            defaultsTo = "retain",
            oneOf = {"retain", "delete"})
        String databaseRoleReclaimPolicy,
    @Field("Certificate to log in with") @Nullable ClientCertificate clientCertificate,
    @Field(value = "Name in PostgreSQL; can't change", required = true, maxLength = 63)
        @Cel(value = "self == oldSelf", message = "can't change; make a new DatabaseRole")
        @Cel(value = "self != ''", message = "empty")
        @Cel(
            value = "!(self in ['postgres', 'streaming_replica'])",
            message = "reserved; PostgreSQL and Howdah need this role themselves")
        @Cel(value = "!self.startsWith('pg_')", message = "pg_ is reserved for PostgreSQL")
        @Cel(value = "!self.startsWith('cnpg_')", message = "cnpg_ is reserved for Howdah")
        String name,
    @Field(
            value = "Whether it shall exist; delete this object rather than say absent",
            defaultsTo = "present",
            oneOf = {"present", "absent"})
        @Cel(
            value = "self != 'absent'",
            message =
                "to drop a role, delete its DatabaseRole with databaseRoleReclaimPolicy: "
                    + "delete")
        String ensure,
    @Field("Comment on the role") @Nullable String comment,
    @Field("Secret with the role's user name and password") @Nullable LocalReference passwordSecret,
    @Field("Take the password away") @Nullable Boolean disablePassword,
    @Field(value = "Most connections at a time; -1 is no limit", defaultsTo = "-1", min = -1)
        Long connectionLimit,
    @Field(value = "When the password ends", format = "date-time") @Nullable String validUntil,
    @Field(value = "Roles it is a member of", maxLength = 63, maxItems = 1000) List<String> inRoles,
    @Field(value = "Has the rights of the roles it is a member of", defaultsTo = "true")
        Boolean inherit,
    @Field(value = "Is a superuser", defaultsTo = "false") Boolean superuser,
    @Field(value = "May create databases", defaultsTo = "false") Boolean createdb,
    @Field(value = "May create roles", defaultsTo = "false") Boolean createrole,
    @Field(value = "May log in", defaultsTo = "false") Boolean login,
    @Field(value = "May replicate", defaultsTo = "false") Boolean replication,
    @Field(value = "Passes row-level security by", defaultsTo = "false") Boolean bypassrls) {
  public DatabaseRoleSpec {
    databaseRoleReclaimPolicy = Absent.or(databaseRoleReclaimPolicy, "retain");
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

  /// A certificate to log in with.
  @JsonIgnoreProperties(ignoreUnknown = true)
  @JsonInclude(JsonInclude.Include.NON_EMPTY)
  public record ClientCertificate(@Field(value = "Issue it", defaultsTo = "true") Boolean enabled) {
    public ClientCertificate {
      enabled = Absent.or(enabled, true);
    }
  }
}
