//! Bars, drawn on the server: shapes with attributes only, and the same figures as a table for those who do not see them.

use askama::Template;

use super::texts::Text;

// About as wide as it is shown, so that its letters are as large as those round it.
const WIDTH: u64 = 320;
const HEIGHT: u64 = 150;
const LEFT: u64 = 34;
/// Room that a letter under a bar takes.
const LETTER: u64 = 6;
const BOTTOM: u64 = 22;
const TOP: u64 = 10;

/// What the bars of one colour stand for.
#[derive(Debug)]
pub struct Series {
    /// The colour: `done`, `failed` or `waiting`.
    pub kind: &'static str,
    /// What it means.
    pub name: String,
}

/// What stands at one place of the axis.
#[derive(Debug)]
pub struct Row {
    /// What is written under it.
    pub label: String,
    /// A value a series.
    pub values: Vec<u64>,
}

struct Bar {
    kind: &'static str,
    x: u64,
    y: u64,
    width: u64,
    height: u64,
}

struct GridLine {
    y: u64,
    label: u64,
}

struct Label {
    x: u64,
    text: String,
}

/// A chart.
#[derive(Template)]
#[template(path = "chart.html")]
pub struct Chart {
    id: &'static str,
    title: String,
    summary: String,
    nothing: String,
    as_table: String,
    over: String,
    empty: bool,
    width: u64,
    height: u64,
    left: u64,
    grid: Vec<GridLine>,
    bars: Vec<Bar>,
    labels: Vec<Label>,
    series: Vec<Series>,
    rows: Vec<Row>,
}

/// What a chart says in words.
#[derive(Debug)]
pub struct Words {
    /// For addresses and tests.
    pub id: &'static str,
    /// Above it.
    pub title: String,
    /// What the axis is.
    pub over: String,
}

impl Chart {
    /// Draws.
    pub fn new(t: Text, words: Words, series: Vec<Series>, rows: Vec<Row>) -> Self {
        let top = scale(rows.iter().flat_map(|row| row.values.iter().copied()).max().unwrap_or(0));
        let total: u64 = rows.iter().flat_map(|row| &row.values).sum();
        let slot = (WIDTH - LEFT) / u64::try_from(rows.len().max(1)).unwrap_or(1);
        Self {
            id: words.id,
            summary: t.both("chart-summary", total, &words.title),
            title: words.title,
            nothing: t.say("chart-nothing"),
            as_table: t.say("chart-table"),
            over: words.over,
            empty: total == 0,
            width: WIDTH,
            height: HEIGHT,
            left: LEFT,
            grid: [0, top / 2, top].map(|value| GridLine { y: at(value, top), label: value }).into(),
            bars: bars(&series, &rows, slot, top),
            labels: (0..)
                .zip(&rows)
                .map(|(place, row)| Label { x: LEFT + place * slot + slot / 2, text: short(&row.label, slot) })
                .collect(),
            series,
            rows,
        }
    }
}

fn bars(series: &[Series], rows: &[Row], slot: u64, top: u64) -> Vec<Bar> {
    let width = (slot.saturating_sub(8) / u64::try_from(series.len().max(1)).unwrap_or(1)).clamp(2, 40);
    let mut bars = Vec::new();
    for (place, row) in (0..).zip(rows) {
        let begin = LEFT + place * slot + (slot - width * u64::try_from(series.len()).unwrap_or(1)).min(slot) / 2;
        for ((number, series), value) in (0..).zip(series).zip(&row.values).filter(|(_, value)| **value > 0) {
            let y = at(*value, top).min(HEIGHT - BOTTOM - 2);
            bars.push(Bar {
                kind: series.kind,
                x: begin + number * width,
                y,
                width: width.saturating_sub(1).max(1),
                height: HEIGHT - BOTTOM - y,
            });
        }
    }
    bars
}

/// Where a value lies from the top.
fn at(value: u64, top: u64) -> u64 {
    HEIGHT - BOTTOM - value.saturating_mul(HEIGHT - BOTTOM - TOP) / top.max(1)
}

/// The least even round number that is not below the highest value.
fn scale(highest: u64) -> u64 {
    let powers = std::iter::successors(Some(1_u64), |unit| unit.checked_mul(10));
    let tops = powers.flat_map(|unit| [2, 4, 10].map(|step| unit.saturating_mul(step)));
    tops.into_iter().find(|top| *top >= highest).unwrap_or(u64::MAX)
}

/// As much of a label as fits into the room under a bar.
fn short(label: &str, slot: u64) -> String {
    let letters = usize::try_from(slot / LETTER).unwrap_or(usize::MAX).max(3);
    if label.chars().count() <= letters {
        label.to_owned()
    } else {
        label.chars().take(letters - 1).chain(['…']).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::texts::Language;
    use super::*;

    #[test]
    fn scales_are_round_and_high_enough() {
        for (highest, top) in [(0, 2), (2, 2), (3, 4), (5, 10), (11, 20), (39, 40), (41, 100), (100_001, 200_000)] {
            assert_eq!(scale(highest), top, "{highest}");
        }
        assert!(scale(u64::MAX) >= u64::MAX / 2);
    }

    fn chart(values: &[u64]) -> Chart {
        let words = Words { id: "c", title: "Syncs <b>".to_owned(), over: "Day".to_owned() };
        let series = vec![Series { kind: "done", name: "Done".to_owned() }];
        let rows = values.iter().map(|value| Row { label: "a-rather-long-label".to_owned(), values: vec![*value] });
        Chart::new(Text(Language::English), words, series, rows.collect())
    }

    #[test]
    fn bars_stand_on_the_ground_and_inside() {
        let chart = chart(&[0, 1, 50, 100]);
        assert_eq!(chart.bars.len(), 3, "nothing is drawn for nothing");
        for bar in &chart.bars {
            assert_eq!(bar.y + bar.height, HEIGHT - BOTTOM);
            assert!(bar.y >= TOP && bar.x >= LEFT && bar.x + bar.width <= WIDTH && bar.height >= 2);
        }
        let html = chart.render().expect("a chart");
        assert!(
            html.contains("<td>50</td>") && html.contains("Syncs &#60;b&#62;") && !html.contains("style="),
            "{html}"
        );
    }

    #[test]
    fn labels_take_the_room_that_there_is() {
        let labels = |bars: usize| chart(&vec![1; bars]).labels.into_iter().map(|label| label.text).next();
        assert_eq!(labels(1).as_deref(), Some("a-rather-long-label"));
        assert_eq!(labels(7).as_deref(), Some("a-rat…"));
    }

    #[test]
    fn a_chart_of_nothing_says_so() {
        let html = chart(&[0, 0]).render().expect("a chart");
        assert!(!html.contains("<svg") && html.contains("<p"));
    }
}
