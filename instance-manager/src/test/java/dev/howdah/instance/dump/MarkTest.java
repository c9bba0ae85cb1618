// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.dump;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class MarkTest {
  @Test
  void readsWhatItWrites() {
    for (var mark :
        List.of(
            new Mark("u-1", Mark.State.FILLED),
            new Mark("u-1", Mark.State.SWAPPING, "my app"),
            new Mark("u-1", Mark.State.REPLACED),
            new Mark("u-1", Mark.State.REPLACED, "my app_before_2"))) {
      assertThat(Mark.parse(mark.text())).contains(mark);
    }
    assertThat(Mark.parse("the howdah restore of last week")).isEmpty();
    assertThat(Mark.parse("")).isEmpty();
  }

  @Test
  void writesSettingsAsPostgresReadsThem() {
    assertThat(Setting.parse("search_path=\"\"").statement("a", ""))
        .isEqualTo("ALTER DATABASE \"a\" SET \"search_path\" TO ''");
    assertThat(Setting.parse("search_path=\"$user\", public, \"a\"\"b,c\"").statement("a", ""))
        .isEqualTo("ALTER DATABASE \"a\" SET \"search_path\" TO '$user', 'public', 'a\"b,c'");
    assertThat(Setting.parse("work_mem=4MB").statement("a", "b\"c"))
        .isEqualTo("ALTER ROLE \"b\"\"c\" IN DATABASE \"a\" SET \"work_mem\" TO '4MB'");
    assertThat(Setting.parse("my.text=two\nlines, 'quoted' %s").statement("a", ""))
        .isEqualTo("ALTER DATABASE \"a\" SET \"my.text\" TO 'two\nlines, ''quoted'' %s'");
  }

  @Test
  void namesTheTableOfWhichRowsAreMissing() throws Exception {
    RowCounts.same(Map.of("public.t", 3L), Map.of("public.t", 3L));

    assertThatThrownBy(() -> RowCounts.same(Map.of("public.t", 3L), Map.of("public.t", 2L)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("of table public.t 2 of 3 rows came");
  }
}
