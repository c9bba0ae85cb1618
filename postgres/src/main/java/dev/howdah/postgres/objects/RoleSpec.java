// SPDX-License-Identifier: Apache-2.0
package dev.howdah.postgres.objects;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A role as `spec.managed.roles[]` of a Cluster, or a DatabaseRole, wants it.
///
/// @param comment null to leave it alone
/// @param validUntil null for a password that does not end
public record RoleSpec(
    String name,
    boolean present,
    @Nullable String comment,
    long connectionLimit,
    @Nullable Instant validUntil,
    List<String> inRoles,
    Attributes attributes,
    String passwordSecret,
    boolean disablePassword) {

  /// What a role may do.
  public record Attributes(
      boolean superuser,
      boolean createdb,
      boolean createrole,
      boolean inherit,
      boolean login,
      boolean replication,
      boolean bypassrls) {
    /// As the options of `CREATE ROLE` and `ALTER ROLE`.
    String options() {
      return option(superuser, "superuser")
          + option(createdb, " createdb")
          + option(createrole, " createrole")
          + option(inherit, " inherit")
          + option(login, " login")
          + option(replication, " replication")
          + option(bypassrls, " bypassrls");
    }

    private static String option(boolean on, String name) {
      return on ? name : name.startsWith(" ") ? " no" + name.strip() : "no" + name;
    }
  }

  public RoleSpec {
    inRoles = List.copyOf(inRoles);
  }

  /// Roles that are Howdah's or PostgreSQL's own.
  public static boolean isReserved(String name) {
    return name.equals("postgres")
        || name.equals("streaming_replica")
        || name.startsWith("pg_")
        || name.startsWith("cnpg_");
  }

  public static RoleSpec fromJson(JsonNode role) {
    return new RoleSpec(
        role.path("name").asText(""),
        !role.path("ensure").asText("present").equals("absent"),
        role.path("comment").isTextual() ? role.path("comment").asText() : null,
        role.path("connectionLimit").asLong(-1),
        instant(role.path("validUntil").asText("")),
        Json.texts(role.path("inRoles")),
        new Attributes(
            role.path("superuser").asBoolean(false),
            role.path("createdb").asBoolean(false),
            role.path("createrole").asBoolean(false),
            role.path("inherit").asBoolean(true),
            role.path("login").asBoolean(false),
            role.path("replication").asBoolean(false),
            role.path("bypassrls").asBoolean(false)),
        role.path("passwordSecret").path("name").asText(""),
        role.path("disablePassword").asBoolean(false));
  }

  private static @Nullable Instant instant(String text) {
    try {
      return text.isEmpty() ? null : OffsetDateTime.parse(text).toInstant();
    } catch (DateTimeParseException e) {
      return null;
    }
  }
}
