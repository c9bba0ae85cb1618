// SPDX-License-Identifier: Apache-2.0
package dev.howdah.postgres.objects;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import dev.howdah.postgres.objects.RoleState.Membership;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class RolePlanTest {
  private static final ObjectMapper YAML = new ObjectMapper(new YAMLFactory());
  private static final Instant NEW_YEAR = Instant.parse("2027-01-01T00:00:00Z");

  static RoleSpec spec(String yaml) throws Exception {
    return RoleSpec.fromJson(YAML.readTree(yaml));
  }

  private static RoleState state(RoleSpec like, Instant until, String comment, String... in) {
    return new RoleState(
        like.name(),
        like.attributes(),
        like.connectionLimit(),
        until,
        comment,
        false,
        1,
        java.util.Arrays.stream(in).map(r -> new Membership(r, "postgres")).toList());
  }

  @Test
  void makesARoleWithAllItsAttributes() throws Exception {
    var role =
        spec(
            "{name: 'o\"ne', login: true, createdb: true, inherit: false, connectionLimit: 5,"
                + " validUntil: '2027-01-01T01:00:00+01:00', comment: \"it's\", inRoles: [b, a]}");

    assertThat(RolePlan.statements(role, null, 15))
        .containsExactly(
            "create role \"o\"\"ne\" nosuperuser createdb nocreaterole noinherit login noreplication"
                + " nobypassrls connection limit 5 valid until '2027-01-01T00:00:00Z'",
            "comment on role \"o\"\"ne\" is 'it''s'",
            "grant \"a\" to \"o\"\"ne\"",
            "grant \"b\" to \"o\"\"ne\"");
  }

  @Test
  void doesNothingWhenAllIsAsWanted() throws Exception {
    var role = spec("{name: one, validUntil: '2027-01-01T00:00:00Z', comment: c, inRoles: [a]}");

    assertThat(RolePlan.statements(role, state(role, NEW_YEAR, "c", "a"), 15)).isEmpty();
    var absent = spec("{name: one, ensure: absent}");
    assertThat(RolePlan.statements(absent, null, 15)).isEmpty();
    assertThat(RolePlan.statements(absent, state(absent, null, ""), 15))
        .containsExactly("drop role \"one\"");
  }

  @Test
  void changesOnlyWhatDiffers() throws Exception {
    var role = spec("{name: one, login: true, inRoles: [a]}");
    var without = spec("{name: one}");

    assertThat(RolePlan.statements(role, state(without, NEW_YEAR, "old", "b"), 16))
        .containsExactly(
            "alter role \"one\" nosuperuser nocreatedb nocreaterole inherit login noreplication"
                + " nobypassrls valid until 'infinity'",
            "revoke \"b\" from \"one\" granted by \"postgres\"",
            "grant \"a\" to \"one\"");
    assertThat(RolePlan.statements(role, state(role, null, "", "a", "b"), 15))
        .isEqualTo(List.of("revoke \"b\" from \"one\""));
  }

  @Test
  void knowsWhoseRolesAreReserved() {
    assertThat(List.of("postgres", "streaming_replica", "pg_monitor", "cnpg_x"))
        .allMatch(RoleSpec::isReserved);
    assertThat(RoleSpec.isReserved("app")).isFalse();
  }
}
