// SPDX-License-Identifier: Apache-2.0
package dev.howdah.postgres.config;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ParameterTest {
  private static Parameter parameter(String name) {
    return ParameterTable.of(16).find(name).orElseThrow();
  }

  @Test
  void readsNumbersWithUnitsAsPostgresqlDoes() {
    assertThat(parameter("shared_buffers").canonical("128MB")).isEqualTo("16384");
    assertThat(parameter("shared_buffers").canonical("16384")).isEqualTo("16384");
    assertThat(parameter("work_mem").canonical(" 1.5 GB ")).isEqualTo("1572864");
    assertThat(parameter("work_mem").canonical("0x400")).isEqualTo("1024");
    assertThat(parameter("archive_timeout").canonical("5min")).isEqualTo("300");
    assertThat(parameter("checkpoint_completion_target").canonical("0.90")).isEqualTo("0.9");
    assertThat(parameter("vacuum_cost_delay").canonical("2ms")).isEqualTo("2");
    assertThat(parameter("min_wal_size").canonical("1GB")).isEqualTo("1024");
    assertThat(parameter("work_mem").problemWith("4 mb")).isPresent();
    assertThat(parameter("work_mem").problemWith("4ms")).isPresent();
    assertThat(parameter("work_mem").problemWith("1")).isPresent();
    assertThat(parameter("max_connections").problemWith("100MB")).isPresent();
    assertThat(parameter("max_connections").problemWith("1e9999999")).isPresent();
  }

  @Test
  void readsBooleansAndChoices() {
    assertThat(parameter("jit").canonical("YES")).isEqualTo("on");
    assertThat(parameter("jit").canonical("of")).isEqualTo("off");
    assertThat(parameter("jit").problemWith("o")).isPresent();
    assertThat(parameter("synchronous_commit").canonical("true")).isEqualTo("on");
    assertThat(parameter("wal_level").canonical("hot_standby")).isEqualTo("replica");
    assertThat(parameter("log_min_messages").canonical("debug")).isEqualTo("debug2");
    assertThat(parameter("wal_level").problemWith("all").orElseThrow())
        .isEqualTo("is none of its values; write one of minimal, replica, logical");
  }

  @Test
  void knowsWhatAChangeTakesInEachMajor() {
    assertThat(ParameterTable.of(17).classOf("autovacuum_max_workers"))
        .isEqualTo(ParameterClass.RESTART);
    assertThat(ParameterTable.of(18).classOf("autovacuum_max_workers"))
        .isEqualTo(ParameterClass.RELOAD);
    assertThat(ParameterTable.of(15).classOf("archive_command")).isEqualTo(ParameterClass.FIXED);
    assertThat(ParameterTable.of(15).classOf("io_method")).isEqualTo(ParameterClass.UNKNOWN);
    assertThat(ParameterTable.of(15).classOf("my.own")).isEqualTo(ParameterClass.RELOAD);
    assertThat(ParameterTable.of(19).classOf("whatever")).isEqualTo(ParameterClass.RELOAD);
    assertThat(ParameterTable.of(16).find("force_parallel_mode")).isPresent();
    assertThat(ParameterTable.of(15).find("ssl_groups")).isEmpty();
  }
}
