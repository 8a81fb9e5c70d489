//! Lists a checkpoint's tensors, or prints the mean of one of them:
//! `cargo run -p ecg-audit-checkpoint --example list -- model.pth [model.lin.weight]`.

use ecg_audit_checkpoint::Checkpoint;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let file = arguments.next().ok_or("expected a file")?;
    let checkpoint = Checkpoint::open(file.as_ref())?;
    match arguments.next() {
        None => {
            for (_, tensor) in checkpoint.tensors() {
                println!("{tensor:?}");
            }
        }
        Some(name) => {
            let tensor = checkpoint.state_dict(&[])?.get(&name)?.read_f32()?;
            println!(
                "{:?}, mean {}",
                tensor.shape(),
                tensor.mapv(f64::from).mean().unwrap_or(f64::NAN)
            );
        }
    }
    Ok(())
}
