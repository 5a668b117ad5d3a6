// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

class ImageIdTest {
    private final ImageId image = new ImageId(1, 2, 3, 4);

    @Test
    void isEqualIfAllComponentsAre() {
        assertEquals(new ImageId(1, 2, 3, 4), image);
        assertEquals(new ImageId(1, 2, 3, 4).hashCode(), image.hashCode());
        List.of(new ImageId(9, 2, 3, 4), new ImageId(1, 9, 3, 4), new ImageId(1, 2, 9, 4), new ImageId(1, 2, 3, 9))
                .forEach(other -> assertNotEquals(image, other));
    }
}
